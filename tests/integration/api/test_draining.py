"""SIGTERM with a drain, as in a rolling restart: no request fails, and clients move elsewhere by themselves."""

import asyncio
import json
import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from integration.api.conftest import ApiFactory
from integration.api.raw_http import Answer, exchange
from integration.api.sending import Fields, Sent, new_event, require_durable
from services import Api, get, token

from ingestor_dev.embedded.kafka import EmbeddedKafka

# Beyond the drain, this is what the API has for the rest of its stop.
STOP_SECONDS = 10.0
GET = "GET {} HTTP/1.1\r\nHost: x\r\n\r\n"

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass
class School:
    """Clients that keep their connections as long as the API does not ask them to close."""

    port: Callable[[], int]
    """Where a new connection goes to, as a load balancer knows it."""
    sent: list[Sent] = field(default_factory=list)
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    async def client(self, pause: float) -> None:
        """Send one event after the other, `pause` seconds apart."""
        while not self.stop.is_set():
            async with connection(self.port()) as (reader, writer):
                while not self.stop.is_set():
                    sent = await _send(reader, writer)
                    self.sent.append(sent)
                    await asyncio.sleep(pause)
                    if sent.status == 0 or sent.headers.get("connection") == "close":
                        break

    async def clients(self, busy: int, calm: int) -> None:
        await asyncio.gather(*(self.client(0.0) for _ in range(busy)), *(self.client(0.4) for _ in range(calm)))


async def test_a_rolling_restart_fails_no_request_of_clients_that_keep_their_connections(
    start_api: ApiFactory, kafka: EmbeddedKafka, api_topic: str, api_database: str
) -> None:
    old, new = start_api(DRAIN_SECONDS="3"), start_api()
    for api in (old, new):
        api.wait_path("kafka", "up")
    endpoint = old.port
    school = School(lambda: endpoint)
    clients = asyncio.create_task(school.clients(busy=16, calm=32))
    await _more(old, school)
    started = time.monotonic()
    old.terminate()
    # Until every node has heard of it, new connections still come here.
    await asyncio.sleep(1)
    assert old.running
    endpoint = new.port
    assert await asyncio.to_thread(old.wait) == 0
    assert 3 <= time.monotonic() - started < 3 + STOP_SECONDS
    await _more(new, school)
    school.stop.set()
    await clients
    assert {sent.status for sent in school.sent} == {201}
    await require_durable(school.sent, kafka, api_topic, api_database)


async def test_while_it_drains_every_answer_closes_and_new_connections_are_served(start_api: ApiFactory) -> None:
    api = await _draining(start_api)
    head = f"POST /api/events{{}} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token('WRITE')}\r\n"
    requests = {
        201: [_with_body(head.format(""), new_event()), _with_body(head.format("/batch"), [new_event()])],
        400: [_with_body(head.format(""), {}), b"no HTTP at all\r\n\r\n"],
        401: [
            _with_body("POST /api/events HTTP/1.1\r\nHost: x\r\n", {}),
            GET.format("/api/reports/completion-rate").encode(),
        ],
        404: [GET.format("/coffee").encode()],
        200: [GET.format("/healthz").encode(), b"GET /healthz HTTP/1.0\r\n\r\n"],
    }
    for status, each in requests.items():
        for request in each:
            answer = await exchange(api.port, request)
            assert (answer.status, answer.headers["connection"]) == (status, "close"), request


async def test_while_it_drains_it_is_live_and_not_ready(start_api: ApiFactory) -> None:
    api = await _draining(start_api)
    for url in (api.url, api.probes):
        ready, live = get(f"{url}/readyz"), get(f"{url}/healthz")
        assert ready is not None
        assert live is not None
        assert ready[0] == 503
        assert b"draining" in ready[1]
        assert live[0] == 200


async def test_a_connection_without_requests_is_closed_at_the_end_of_the_drain_and_not_before(
    start_api: ApiFactory,
) -> None:
    api = start_api(DRAIN_SECONDS="2")
    async with connection(api.port) as (used, writer), connection(api.port) as (unused, _):
        writer.write(GET.format("/healthz").encode())
        await Answer.read(used)
        started = time.monotonic()
        api.terminate()
        assert [await used.read(), await unused.read()] == [b"", b""]
        assert time.monotonic() - started >= 2
    assert await asyncio.to_thread(api.wait, STOP_SECONDS) == 0


async def test_a_request_half_sent_at_the_end_of_the_drain_is_answered(start_api: ApiFactory) -> None:
    api = start_api(DRAIN_SECONDS="0.5")
    request = GET.format("/healthz").encode()
    async with connection(api.port) as (reader, writer):
        writer.write(request[:10])
        await writer.drain()
        api.terminate()
        await asyncio.to_thread(api.wait_until, "closed", lambda: not api.is_listening())
        writer.write(request[10:])
        answer = await Answer.read(reader)
    assert (answer.status, answer.headers["connection"]) == (200, "close")
    assert await asyncio.to_thread(api.wait, STOP_SECONDS) == 0


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
async def test_a_second_signal_ends_the_drain(start_api: ApiFactory, second: signal.Signals) -> None:
    api = await _draining(start_api)
    os.kill(api.pid, second)
    assert await asyncio.to_thread(api.wait, STOP_SECONDS) == 0


async def test_ctrl_c_stops_without_a_drain(start_api: ApiFactory) -> None:
    api = start_api(DRAIN_SECONDS="60")
    os.kill(api.pid, signal.SIGINT)
    assert await asyncio.to_thread(api.wait, STOP_SECONDS) == 0


@asynccontextmanager
async def connection(port: int) -> AsyncIterator[Connection]:
    """A connection that is closed at the end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def _draining(start_api: ApiFactory) -> Api:
    """An API that was told to stop and takes its time."""
    api = start_api(DRAIN_SECONDS="60")
    api.terminate()
    await asyncio.to_thread(api.wait_until, "draining", lambda: not api.is_ready())
    return api


async def _send(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Sent:
    event = new_event()
    head = f"POST /api/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token('WRITE')}\r\n"
    started = time.monotonic()
    try:
        writer.write(_with_body(head, event))
        answer = await Answer.read(reader)
    except (ConnectionError, asyncio.IncompleteReadError):
        return Sent(event, 0, {}, {}, started, time.monotonic() - started)
    return Sent(event, answer.status, answer.json, answer.headers, started, time.monotonic() - started)


def _with_body(head: str, body: Fields | list[Fields]) -> bytes:
    content = json.dumps(body).encode()
    return f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content


async def _more(api: Api, school: School) -> None:
    count = len(school.sent) + 200
    await asyncio.to_thread(api.wait_until, "sent to", lambda: len(school.sent) > count)
