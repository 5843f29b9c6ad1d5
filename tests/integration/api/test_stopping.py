"""SIGTERM under load: nothing accepted is lost, and the process is gone within 10 s."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from integration.api.conftest import ApiFactory
from integration.api.sending import Sender, new_event, require_durable
from services import token

from ingestor_dev.embedded.kafka import EmbeddedKafka

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.mark.parametrize("kafka_enabled", ["true", "false"])
async def test_sigterm_under_load_finishes_what_was_taken_and_exits_within_10_s(
    start_api: ApiFactory, sender: Sender, kafka: EmbeddedKafka, api_topic: str, api_database: str, kafka_enabled: str
) -> None:
    api = start_api(KAFKA_ENABLED=kafka_enabled)
    sender.url = api.url
    stop = asyncio.Event()
    await sender.until_mode("kafka" if kafka_enabled == "true" else "direct")
    clients = asyncio.create_task(sender.keep_sending(stop))
    for _ in range(50):
        await sender.send()
    started = time.monotonic()
    api.terminate()
    status = await asyncio.to_thread(api.wait)
    seconds = time.monotonic() - started
    stop.set()
    await clients
    assert status == 0
    assert seconds < 10
    # Answered, or refused by a closed connection: no request ended in an error of ours.
    assert {sent.status for sent in sender.sent} == {0, 201}
    await require_durable(sender.sent, kafka, api_topic, api_database)


async def test_a_request_under_way_at_sigterm_is_answered(start_api: ApiFactory) -> None:
    api = start_api()
    body = json.dumps(new_event()).encode()
    connection = await asyncio.open_connection("127.0.0.1", api.port)
    async with raw(connection) as (reader, writer):
        head = f"POST /api/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token('WRITE')}\r\n"
        writer.write(f"{head}Content-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n".encode())
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100")
        api.terminate()
        await asyncio.to_thread(api.wait_until, "closed", lambda: not api.is_listening())
        writer.write(body)
        answer = await asyncio.wait_for(reader.read(), 10)
    assert answer.startswith(b"HTTP/1.1 201")
    assert b"connection: close" in answer
    assert await asyncio.to_thread(api.wait, 10) == 0


@asynccontextmanager
async def raw(connection: Connection) -> AsyncIterator[Connection]:
    """A connection that is closed at the end."""
    try:
        yield connection
    finally:
        connection[1].close()
        with suppress(ConnectionError):
            await connection[1].wait_closed()
