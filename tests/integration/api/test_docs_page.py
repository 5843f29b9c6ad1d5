"""/docs in a real browser, under its own policy: every operation is there and can be tried."""

import json
from urllib.parse import urlsplit
from uuid import uuid4

import aiohttp
from integration.api.browser import new_tab
from integration.api.sending import new_event
from playwright.async_api import expect
from services import Api, token


async def test_every_operation_is_shown_and_no_other_host_is_asked(http: aiohttp.ClientSession, api: Api) -> None:
    async with http.get(f"{api.url}/openapi.json") as response:
        paths = (await response.json())["paths"]
    documented = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    async with new_tab() as tab:
        await tab.page.goto(f"{api.url}/docs")

        await expect(tab.page.locator(".opblock")).to_have_count(len(documented))
        methods = await tab.page.locator(".opblock-summary-method").all_inner_texts()
        shown = await tab.page.locator(".opblock-summary-path").evaluate_all(
            "found => found.map(path => path.getAttribute('data-path'))"
        )

    assert set(zip(methods, shown, strict=True)) == documented
    assert {urlsplit(url).netloc for url in tab.requests if not url.startswith("data:")} == {urlsplit(api.url).netloc}
    assert tab.complaints == []


async def test_an_event_can_be_sent_from_the_page(api: Api) -> None:
    event = new_event(event_id=str(uuid4()))
    async with new_tab() as tab:
        await tab.page.goto(f"{api.url}/docs")
        await tab.page.get_by_role("button", name="Authorize").first.click()
        await tab.page.locator(".auth-container input").first.fill(token("WRITE"))
        await tab.page.locator(".auth-container").get_by_role("button", name="Apply credentials").click()
        await tab.page.get_by_role("button", name="Close").click()
        send = tab.page.locator(".opblock-post").filter(has=tab.page.locator("[data-path='/api/events']"))
        await send.locator(".opblock-summary-control").click()
        await send.get_by_role("button", name="Try it out").click()
        await send.locator("textarea").first.fill(json.dumps(event))
        await send.get_by_role("button", name="Execute").click()

        await expect(send.locator(".live-responses-table .response .response-col_status")).to_contain_text("201")

    assert tab.complaints == []
