"""An event older than what retention has dropped is refused on every way in, and those beside it are taken."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import uuid4

import aiohttp
import asyncpg
import pytest
from integration.api.conftest import ApiFactory
from integration.api.sending import Fields, Sender, new_event, records_of
from integration.api.test_lookup import look

from ingestor_api.expiry import AGAIN_SECONDS
from ingestor_common.store import retention
from ingestor_dev.embedded.kafka import EmbeddedKafka

MARK = datetime(2026, 1, 1, tzinfo=UTC)
REASON = "timestamp is older than what retention has dropped (before 2026-01-01); such an event is not stored any more"


@pytest.fixture
async def store(migrated_database: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(migrated_database)
    yield connection
    await connection.close()


def _expired() -> Fields:
    return new_event(timestamp="2025-12-31T23:59:59.999999Z")


def _kept() -> Fields:
    return new_event(timestamp="2026-01-01T00:00:00Z")


async def _require_refused(sender: Sender) -> None:
    sent = await sender.send(_expired())
    assert sent.status == 400
    assert sent.body["error"] == REASON
    assert sent.body["details"] == [{"field": "timestamp", "reason": REASON}]
    expired = _expired()
    status, body = await sender.send_batch([_kept(), expired, {"event_id": "x"}, _kept()])
    assert (status, body["processed_count"], body["total_events"]) == (201, 2, 4)
    assert body["rejected"][0] == {"index": 1, "event_id": expired["event_id"], "reason": REASON}
    status, body = await sender.send_batch([_expired(), _expired()])
    assert status == 400
    assert body["details"] == [{"field": f"[{index}].timestamp", "reason": REASON} for index in range(2)]


async def test_the_store_refuses_what_the_process_does_not_know_yet(
    http: aiohttp.ClientSession, start_api: ApiFactory, migrated_database: str, store: asyncpg.Connection
) -> None:
    sender = Sender(http, start_api(DATABASE_URL=migrated_database, KAFKA_ENABLED="false").url)
    assert (await sender.send(_expired())).status == 201
    await retention.raise_mark(store, MARK)
    await _require_refused(sender)
    # Whoever shares a transaction with an expired event is stored all the same.
    await asyncio.gather(*(sender.send(event) for _ in range(20) for event in (_kept(), _expired())))
    assert [sent.status for sent in sender.sent[-40:]].count(201) == 20
    assert [sent.status for sent in sender.sent[-40:]].count(400) == 20
    assert await store.fetchval('SELECT count(*) FROM events WHERE "timestamp" >= $1', MARK) == 22


async def test_what_the_process_knows_to_have_expired_does_not_go_to_kafka(
    http: aiohttp.ClientSession,
    start_api: ApiFactory,
    migrated_database: str,
    store: asyncpg.Connection,
    kafka: EmbeddedKafka,
    topic: str,
) -> None:
    await retention.raise_mark(store, MARK)
    api = start_api(DATABASE_URL=migrated_database, KAFKA_TOPIC=topic)
    sender = Sender(http, api.url)
    async with asyncio.timeout(AGAIN_SECONDS + 20):
        while (await sender.send(_expired())).status != 400:
            pass
    await sender.until_mode("kafka")
    before = len(await asyncio.to_thread(records_of, kafka, topic))
    await _require_refused(sender)
    records = await asyncio.to_thread(records_of, kafka, topic)
    assert len(records) == before + 2
    status, error = await look(http, api, "old", session_id=str(uuid4()))
    assert status == 404
    assert "events before 2026-01-01 were dropped by retention" in error["error"]


async def test_while_postgres_has_never_answered_the_consumer_decides(
    http: aiohttp.ClientSession, start_api: ApiFactory
) -> None:
    api = start_api(DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    sender = Sender(http, api.url)
    await sender.until_mode("kafka")
    assert (await sender.send(_expired())).status == 201
