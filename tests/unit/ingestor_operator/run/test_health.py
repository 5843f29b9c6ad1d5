"""What the probes answer."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from functools import partial
from random import Random

import aiohttp
import pytest
import structlog
from aiohttp.test_utils import unused_port
from prometheus_client import CollectorRegistry, Gauge

from ingestor_common.listening import listen
from ingestor_common.probes import CONNECTIONS, REQUEST_SECONDS
from ingestor_operator.run import bounded_site, health
from ingestor_operator.run.health import Health, serve


def test_it_is_live_until_the_watch_is_behind_for_too_long() -> None:
    made = Health(watch_timeout=60)
    made.watch.listed({"a": "1"}, time.monotonic() - 50)
    assert made.live() == (200, "ok")
    late = Health(watch_timeout=60)
    late.watch.listed({"a": "1"}, time.monotonic() - 70)
    status, text = late.live()
    assert status == 503
    assert "missed changes for 70 seconds" in text


def test_it_is_ready_once_it_waits_for_nothing() -> None:
    made = Health(watch_timeout=60)
    assert made.ready() == (503, "waiting for the Kubernetes API")
    made.waiting_for = None
    assert made.ready() == (200, "ok")


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


HOSTILE = [
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + 200 * b"\xff",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET /metrics HTTP/1.1\r\nHost: a\r\nX: " + 9000 * b"a" + b"\r\n\r\n",
    100 * b"\x00" + b"\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    b"POST /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET http://[::1:/ HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET //\xff%zz%00 HTTP/1.1\r\nHost: a\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
    b"CONNECT x:1 HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
    *(bytes(Random(seed).choices(range(256), k=300)) + b"\r\n\r\n" for seed in range(20)),
    *(b"GET /healthz HTTP/1.1\r\n" + bytes(Random(seed).choices(range(256), k=50)) + b"\r\n\r\n" for seed in range(20)),
]


async def test_malformed_requests_write_nothing_into_the_log(port: int, caplog: pytest.LogCaptureFixture) -> None:
    with structlog.testing.capture_logs() as told:
        for sent in HOSTILE:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(sent)
            writer.write_eof()
            async with asyncio.timeout(5):
                with suppress(OSError):
                    await reader.read()
            writer.close()
    assert [*told, *caplog.records] == []


async def test_a_fault_of_its_own_is_logged(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "generate_latest", lambda _: 1 / 0)
    with structlog.testing.capture_logs() as told:
        async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{port}/metrics") as answer:
            assert answer.status == 500
    assert [(line["event"], line["path"]) for line in told] == [("a probe or scrape failed", "/metrics")]


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
