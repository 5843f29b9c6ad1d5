"""A real browser for pages that a person opens: Chromium, headless, driven by Playwright."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Page, async_playwright, expect
from prerequisites import missing

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
_HOW_TO_GET_IT = "no Chromium on PATH; on Debian and Ubuntu: apt-get install chromium"
# Without them it asks its maker's hosts at every start; as root it has no sandbox.
_ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run"]
# Of a page's own work beside other tests.
expect.set_options(timeout=30_000)


def _program() -> str:
    """The browser's path; skips the test, or fails it where INGESTOR_REQUIRE_BROWSER=1, without one."""
    found = next((path for name in _PROGRAMS if (path := shutil.which(name))), None)
    if found is not None:
        return found
    missing(_HOW_TO_GET_IT, required_by="INGESTOR_REQUIRE_BROWSER")


class Tab:
    """A page of the browser, with what it asked for and what it complained about."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self._hear(message.type, message.text))
        page.on("pageerror", lambda error: self._hear("error", str(error)))

    def _hear(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"}:
            self.complaints.append(text)


@asynccontextmanager
async def new_tab() -> AsyncIterator[Tab]:
    """An empty page of a browser that ends with it."""
    program = _program()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=_ARGUMENTS)
        try:
            yield Tab(await browser.new_page())
        finally:
            await browser.close()
