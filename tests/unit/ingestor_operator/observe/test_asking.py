"""Pods are asked over HTTP, each for a moment only."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from ingestor_common.probes import ProbeServer
from ingestor_dev.embedded.ports import free_port
from ingestor_operator.observe.answers import Address, Answer
from ingestor_operator.observe.asking import LARGEST, SECONDS, ask


def at(port: int, uid: str = "u") -> Address:
    return Address("quiz-consumer-1", uid, "consumer", "127.0.0.1", port)


async def test_the_probe_of_our_services_is_understood() -> None:
    server = ProbeServer(
        0, chosen=False, live=lambda: None, ready=lambda: "waits", sees=lambda: {"database": "down: OSError"}
    )
    port = server.start()
    try:
        assert await ask([at(port)]) == {"u": Answer("quiz-consumer-1", "consumer", "waits", "down: OSError")}
    finally:
        server.stop()


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[int]:
    app = web.Application()
    app.router.add_get("/{path:.*}", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield port
    finally:
        await runner.cleanup()


async def test_one_that_hangs_or_is_not_there_holds_nobody_up() -> None:
    async def hang(_: web.Request) -> web.Response:
        await asyncio.sleep(30)
        return web.Response()

    server = ProbeServer(0, chosen=False, live=lambda: None, ready=lambda: None, sees=lambda: {"database": "up"})
    port = server.start()
    try:
        async with serving(hang) as hanging:
            began = time.monotonic()
            asked = [at(hanging, "hangs"), at(free_port(), "nobody"), at(port, "answers")]
            assert set(await ask(asked)) == {"answers"}
            assert time.monotonic() - began < SECONDS + 1.5
    finally:
        server.stop()


async def test_a_redirection_or_a_flood_is_no_answer() -> None:
    async def answer(request: web.Request) -> web.Response:
        if request.path == "/readyz":
            raise web.HTTPFound("/elsewhere")
        return web.json_response({"database": "up"})

    async def flood(_: web.Request) -> web.Response:
        return web.json_response({"database": "up", "more": "x" * LARGEST})

    for handler in (answer, flood):
        async with serving(handler) as port:
            assert await ask([at(port)]) == {}


async def test_nobody_is_asked_where_there_is_nobody() -> None:
    assert await ask([]) == {}
