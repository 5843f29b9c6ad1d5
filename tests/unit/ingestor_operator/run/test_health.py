"""What the probes answer."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from functools import partial

import aiohttp
import pytest
from aiohttp.test_utils import unused_port
from prometheus_client import CollectorRegistry, Gauge

from ingestor_common.listening import listen
from ingestor_common.probes import CONNECTIONS, REQUEST_SECONDS
from ingestor_operator.run import bounded_site
from ingestor_operator.run.health import Health, serve


def test_it_is_live_until_the_watch_is_behind_for_too_long() -> None:
    health = Health(watch_timeout=60)
    health.watch.listed({"a": "1"}, time.monotonic() - 50)
    assert health.live() == (200, "ok")
    late = Health(watch_timeout=60)
    late.watch.listed({"a": "1"}, time.monotonic() - 70)
    status, text = late.live()
    assert status == 503
    assert "missed changes for 70 seconds" in text


def test_it_is_ready_once_it_waits_for_nothing() -> None:
    health = Health(watch_timeout=60)
    assert health.ready() == (503, "waiting for the Kubernetes API")
    health.waiting_for = None
    assert health.ready() == (200, "ok")


@pytest.fixture
async def port() -> AsyncIterator[int]:
    port = unused_port()
    runner = await serve(Health(watch_timeout=60), CollectorRegistry(), port)
    yield port
    await runner.cleanup()


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
async def test_probes_by_either_family_are_answered(port: int, host: str) -> None:
    async with aiohttp.ClientSession() as http, http.get(f"http://{host}:{port}/healthz") as answer:
        assert answer.status == 200


async def test_without_ipv6_they_are_answered_by_ipv4(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_site, "listen", partial(listen, has_dualstack=lambda: False))
    port = unused_port()
    runner = await serve(Health(watch_timeout=60), CollectorRegistry(), port)
    async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{port}/healthz") as answer:
        assert answer.status == 200
    await runner.cleanup()


async def test_a_probe_is_answered_while_others_hold_connections(port: int) -> None:
    held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2 * CONNECTIONS)]
    for _, writer in held:
        writer.write(b"GET /healthz HTTP/1.1\r\nA: ")
    async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{port}/healthz") as answer:
        assert answer.status == 200
    async with asyncio.timeout(REQUEST_SECONDS / 2):
        for reader, _ in held[:CONNECTIONS]:
            assert await reader.read() == b""
    for _, writer in held:
        writer.close()


async def test_a_request_that_does_not_come_is_given_up(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_site, "REQUEST_SECONDS", 0.1)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /healthz HTTP/1.1\r\nA: ")
    async with asyncio.timeout(5):
        assert await reader.read() == b""
    writer.close()


SENT = (b"", b"GET /healthz HTTP/1.1\r\nA: ", b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")
"""What strangers send: nothing, half a request, a whole one."""


@pytest.mark.parametrize("sent", SENT)
async def test_probes_are_answered_while_strangers_connect_again_and_again(port: int, sent: bytes) -> None:
    crowd = [asyncio.create_task(connect_again_and_again(port, sent)) for _ in range(5 * CONNECTIONS)]
    await asyncio.sleep(0.2)
    for _ in range(5):
        async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{port}/healthz") as answer:
            assert answer.status == 200
    for stranger in crowd:
        stranger.cancel()
    await asyncio.wait(crowd)


async def connect_again_and_again(port: int, sent: bytes) -> None:
    while True:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(sent)
            with suppress(ConnectionError):
                await reader.read()
        finally:
            writer.close()


async def test_probes_are_answered_while_strangers_do_not_read_what_they_asked_for() -> None:
    registry, port = CollectorRegistry(), unused_port()
    gauge = Gauge("big", "More than a socket's buffers hold.", ["of"], registry=registry)
    for number in range(100):
        gauge.labels(f"{number}" + 100_000 * "x").set(1)
    runner = await serve(Health(watch_timeout=60), registry, port)
    held = [await asyncio.open_connection("127.0.0.1", port, limit=1) for _ in range(2 * CONNECTIONS)]
    for _, writer in held:
        writer.write(SENT[-1])
    for _ in range(5):
        async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{port}/healthz") as answer:
            assert answer.status == 200
    assert runner.server is not None
    assert len(runner.server.connections) <= CONNECTIONS
    for _, writer in held:
        writer.close()
    await runner.cleanup()
