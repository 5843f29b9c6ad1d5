"""The small HTTP server that the client's tests send to."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from unit.ingestor_dev.sim.small_api import SmallApi


@pytest.fixture
async def api() -> AsyncIterator[SmallApi]:
    """A running server; `api.url` is where."""
    api = SmallApi()
    runner = web.AppRunner(api.app(), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    api.url = f"http://{host}:{port}"
    yield api
    await runner.cleanup()
