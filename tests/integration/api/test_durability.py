"""201 only after the broker's acknowledgement or the commit."""

import json
import time
from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
from integration.api.sending import Sender, new_event, records_of, require_durable
from services import Api

from ingestor_common.events import parse
from ingestor_dev.embedded.kafka import EmbeddedKafka


async def test_an_accepted_event_is_in_kafka_where_the_receipt_says(
    sender: Sender, kafka: EmbeddedKafka, api_topic: str, api_database: str
) -> None:
    for _ in range(20):
        await sender.send()
    assert {sent.status for sent in sender.sent} == {201}
    assert {sent.mode for sent in sender.sent} == {"kafka"}
    assert {sent.body["receipt"]["topic"] for sent in sender.sent} == {api_topic}
    await require_durable(sender.sent, kafka, api_topic, api_database)


async def test_the_record_is_what_the_contract_says(sender: Sender, kafka: EmbeddedKafka, api_topic: str) -> None:
    event = new_event(event_type="QUESTION_PUBLISHED", unknown="left out")
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    sender.http.headers.update({"X-Request-ID": "lesson-7", "traceparent": trace})
    before = time.time() * 1000
    sent = await sender.send(event)
    receipt = sent.body["receipt"]
    (record,) = [
        record
        for record in records_of(kafka, api_topic)
        if (record.partition, record.offset) == (receipt["partition"], receipt["offset"])
    ]
    assert record.key == event["session_id"].encode()
    assert record.headers == {
        "event-type": b"QUESTION_PUBLISHED",
        "schema": b"1",
        "request-id": b"lesson-7",
        "traceparent": trace.encode(),
    }
    value = json.loads(record.value)
    assert value["timer_sec"] == 60
    assert "unknown" not in value
    assert before - 1 <= record.timestamp_ms <= time.time() * 1000 + 1
    assert parse(record.value, datetime.now(UTC)).event_id == event["event_id"]


async def test_a_session_always_gets_the_same_partition(sender: Sender) -> None:
    session = str(uuid4())
    sent = [await sender.send(new_event(session_id=session)) for _ in range(5)]
    assert len({item.body["receipt"]["partition"] for item in sent}) == 1


async def test_in_direct_mode_an_accepted_event_is_committed_and_sending_it_again_changes_nothing(
    direct_api: Api, sender: Sender, api_database: str
) -> None:
    sender.url = direct_api.url
    event = new_event()
    first, second = await sender.send(event), await sender.send(event)
    assert (first.status, first.mode, first.body["receipt"]) == (201, "direct", {"stored": True, "duplicate": False})
    assert second.body["receipt"] == {"stored": True, "duplicate": True}
    connection = await asyncpg.connect(api_database)
    rows = await connection.fetchval("SELECT count(*) FROM events WHERE event_id = $1", event["event_id"])
    await connection.close()
    assert rows == 1


async def test_an_event_the_database_refuses_is_400_and_those_beside_it_are_stored(
    direct_api: Api, sender: Sender, api_database: str
) -> None:
    connection = await asyncpg.connect(api_database)
    await connection.execute("ALTER TABLE events ADD CONSTRAINT refuses CHECK (answer <> 'refuse me') NOT VALID")
    try:
        sender.url = direct_api.url
        bad = new_event(answer="refuse me")
        status, body = await sender.send_batch([new_event(), bad, new_event()])
        assert (status, body["processed_count"]) == (201, 2)
        assert [(rejected["index"], rejected["event_id"]) for rejected in body["rejected"]] == [(1, bad["event_id"])]
        alone = await sender.send(bad)
        assert alone.status == 400
        assert "refuse" in alone.body["error"]
    finally:
        await connection.execute("ALTER TABLE events DROP CONSTRAINT refuses")
        await connection.close()
