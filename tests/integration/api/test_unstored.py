"""How many records wait to be stored, and how old the oldest is, is told by the API: consumers may be gone."""

import asyncio
import json
import time
from pathlib import Path
from uuid import uuid4

import asyncpg
import psutil
import pytest
from confluent_kafka.admin import AdminClient
from integration.api.conftest import ApiFactory
from integration.api.sending import new_event
from integration.kafka_sending import RecordSender
from integration.stack import KafkaFactory, make_topic
from services import Consumer

from ingestor_dev.embedded.kafka import EmbeddedKafka

RECORDS, AGE = "ingestor_unstored_records", "ingestor_unstored_age_seconds"
OLD_SECONDS = 3600


def topic_with_records(kafka: EmbeddedKafka, count: int, seconds_old: int) -> str:
    """A topic of one partition with that many events; the oldest was accepted so long ago, each later one after it."""
    topic = f"unstored-{uuid4().hex[:12]}"
    make_topic(AdminClient(kafka.client_config()), topic, 1)
    make_topic(AdminClient(kafka.client_config()), f"{topic}.dlq", 1)
    put_records(kafka, topic, count, seconds_old)
    return topic


def put_records(kafka: EmbeddedKafka, topic: str, count: int, seconds_old: int) -> None:
    sender = RecordSender(kafka.client_config())
    start_ms = int((time.time() - seconds_old) * 1000)
    for number in range(count):
        event = new_event()
        value = json.dumps(event).encode()
        sender.put(topic, value, event["session_id"].encode(), timestamp=start_ms + number * 1000)
    sender.flush()


async def test_without_a_consumer_all_waits_since_the_oldest_records_own_time(
    start_api: ApiFactory, kafka: EmbeddedKafka, migrated_database: str, tmp_path: Path
) -> None:
    topic = await asyncio.to_thread(topic_with_records, kafka, 50, OLD_SECONDS)
    api = start_api(KAFKA_TOPIC=topic, KAFKA_GROUP=topic, DATABASE_URL=migrated_database)
    await asyncio.to_thread(api.wait_until, "seen", lambda: api.metric(RECORDS, topic=topic, partition="0") == 50)
    assert OLD_SECONDS - 2 <= api.metric(AGE, topic=topic) <= OLD_SECONDS + 60

    environment = {
        "KAFKA_BROKERS": kafka.bootstrap,
        "KAFKA_TOPIC": topic,
        "KAFKA_GROUP": topic,
        "DATABASE_URL": migrated_database,
    }
    with Consumer(environment, tmp_path / "consumer.log") as consumer:
        await asyncio.to_thread(api.wait_until, "stored", lambda: api.metric(RECORDS, topic=topic) == 0)
        assert api.metric(AGE, topic=topic) == 0
        consumer.stop()

    await asyncio.to_thread(put_records, kafka, topic, 5, 600)
    await asyncio.to_thread(api.wait_until, "waiting", lambda: api.metric(RECORDS, topic=topic) == 5)
    assert 598 <= api.metric(AGE, topic=topic) <= 660


async def test_the_age_keeps_rising_while_nobody_can_be_asked(
    start_api: ApiFactory, private_kafka: KafkaFactory, migrated_database: str
) -> None:
    kafka = private_kafka()
    topic = await asyncio.to_thread(topic_with_records, kafka, 3, 100)
    api = start_api(KAFKA_BROKERS=kafka.bootstrap, KAFKA_TOPIC=topic, KAFKA_GROUP=topic, DATABASE_URL=migrated_database)
    await asyncio.to_thread(api.wait_until, "seen", lambda: api.metric(RECORDS, topic=topic) == 3)
    kafka.kill()
    # Postgres has no such database any more, as far as this API is concerned: its connections are cut as well.
    connection = await asyncpg.connect(migrated_database)
    await connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        " AND datname = current_database()"
    )
    await connection.close()
    before = api.metric(AGE, topic=topic)
    assert before > 90
    await asyncio.sleep(7)
    assert api.metric(AGE, topic=topic) >= before + 6
    assert api.metric(RECORDS, topic=topic) == 3


@pytest.mark.long
async def test_asking_kafka_holds_no_request_up(
    start_api: ApiFactory, private_kafka: KafkaFactory, migrated_database: str
) -> None:
    """A Kafka that hangs, connections and all, is waited for beside the event loop."""
    kafka = private_kafka()
    topic = await asyncio.to_thread(topic_with_records, kafka, 3, 100)
    api = start_api(KAFKA_BROKERS=kafka.bootstrap, KAFKA_TOPIC=topic, KAFKA_GROUP=topic, DATABASE_URL=migrated_database)
    await asyncio.to_thread(api.wait_until, "seen", lambda: api.metric(RECORDS, topic=topic) == 3)
    node = psutil.Process(kafka.pid)
    family = [node, *node.children(recursive=True)]
    for member in family:
        member.suspend()
    try:
        limit = time.monotonic() + 9
        while time.monotonic() < limit:
            asked = time.monotonic()
            assert await asyncio.to_thread(api.is_listening)
            assert time.monotonic() - asked < 1.5
    finally:
        for member in reversed(family):
            member.resume()
