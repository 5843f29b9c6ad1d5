"""/healthz, /readyz and /metrics."""

import asyncio
import time
from collections import deque
from typing import Final

from aiohttp import web
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from ingestor_common.listening import EVERY_INTERFACE, listen
from ingestor_operator.run.watch_lag import WatchLag

CONNECTIONS: Final = 32
"""No token is asked for here."""
REQUEST_SECONDS: Final = 5.0
"""From the connection to the answer's end: longer than any probe waits."""


class Health:
    """What the probes answer."""

    def __init__(self, watch_timeout: float) -> None:
        self.watch = WatchLag()
        self.waiting_for: str | None = "the Kubernetes API"
        """What keeps the operator from being ready; None once nothing does."""
        self._watch_timeout = watch_timeout

    def live(self) -> tuple[int, str]:
        """Not live where a restart would help: the watch is dead and does not know it."""
        behind = self.watch.behind(time.monotonic())
        if behind > self._watch_timeout:
            return 503, f"the watch has missed changes for {behind:.0f} seconds"
        return 200, "ok"

    def ready(self) -> tuple[int, str]:
        """Ready to act, or to take over."""
        return (503, f"waiting for {self.waiting_for}") if self.waiting_for else (200, "ok")


async def serve(health: Health, registry: CollectorRegistry, port: int) -> web.AppRunner:
    """Answer on the port until the runner is cleaned up."""

    async def live(_: web.Request) -> web.Response:
        status, text = health.live()
        return web.Response(status=status, text=text)

    async def ready(_: web.Request) -> web.Response:
        status, text = health.ready()
        return web.Response(status=status, text=text)

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})

    app = web.Application()
    app.add_routes([web.get("/healthz", live), web.get("/readyz", ready), web.get("/metrics", metrics)])
    app.on_response_prepare.append(_last_of_its_connection)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await _Site(runner, port).start()
    return runner


async def _last_of_its_connection(_: web.Request, response: web.StreamResponse) -> None:
    response.force_close()


class _Site(web.BaseSite):
    """Closes a connection after REQUEST_SECONDS and, where there are CONNECTIONS, the one that has been open longest: a
    probe asks at once when it has connected, so that those who connect and wait make place for it."""

    def __init__(self, runner: web.AppRunner, port: int) -> None:
        super().__init__(runner)
        self._port = port
        self._latest: deque[web.RequestHandler] = deque()

    @property
    def name(self) -> str:
        return f"http://*:{self._port}"

    async def start(self) -> None:
        await super().start()
        loop = asyncio.get_running_loop()
        listener = listen(EVERY_INTERFACE, self._port, self._backlog)
        self._server = await loop.create_server(self._connect, sock=listener, backlog=self._backlog)

    def _connect(self) -> web.RequestHandler:
        loop = asyncio.get_running_loop()
        assert self._runner.server is not None  # noqa: S101  it was set up
        handler = self._runner.server()
        if len(self._latest) == CONNECTIONS:
            # Soon: one of the same moment has no transport yet.
            loop.call_soon(self._latest.popleft().force_close)
        self._latest.append(handler)
        loop.call_later(REQUEST_SECONDS, handler.force_close)
        return handler
