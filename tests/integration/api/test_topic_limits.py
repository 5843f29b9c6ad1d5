"""What a topic takes is its own: a record or a batch that it refuses is no outage, and costs nobody else anything."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import aiohttp
import pytest
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import AlterConfigOpType, ConfigEntry, ConfigResource
from confluent_kafka.admin._resource import ResourceType
from integration.api.conftest import ApiFactory
from integration.api.sending import Fields, Sender, Sent, new_event, require_durable
from integration.stack import make_topic

from ingestor_dev.embedded.kafka import EmbeddedKafka

SECONDS = 30.0


def configure(admin: AdminClient, topic: str, **settings: str) -> None:
    """Set these of the topic's settings; `_` stands for the dot."""
    changes = [
        ConfigEntry(name.replace("_", "."), value, incremental_operation=AlterConfigOpType.SET)
        for name, value in settings.items()
    ]
    resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=changes)
    for changed in admin.incremental_alter_configs([resource]).values():
        changed.result(SECONDS)


def large_event(characters: int = 1000, **changes: object) -> Fields:
    """An answer that no compression makes smaller."""
    return new_event(answer=random.Random(str(uuid4())).randbytes(characters // 2).hex(), **changes)


@asynccontextmanager
async def sending_small_events(http: aiohttp.ClientSession, url: str) -> AsyncIterator[list[Sent]]:
    """Another client, which sends small events of its own all the while; gives what it sent."""
    stop, other = asyncio.Event(), Sender(http, url)
    sending = asyncio.create_task(other.keep_sending(stop, at_once=2))
    try:
        yield other.sent
    finally:
        stop.set()
        await sending


def modes(sent: list[Sent]) -> set[str]:
    return {item.mode if item.status == 201 else str(item.status) for item in sent}


@pytest.fixture
def topic(kafka_admin: AdminClient) -> str:
    name = f"limits-{uuid4().hex[:12]}"
    make_topic(kafka_admin, name, 3)
    return name


@pytest.mark.parametrize("limit", ["65536", "2000"])
@pytest.mark.parametrize("when", ["at the start", "while it runs"])
async def test_a_batch_of_one_session_that_is_larger_than_the_topic_takes_is_cut(
    start_api: ApiFactory,
    http: aiohttp.ClientSession,
    kafka: EmbeddedKafka,
    kafka_admin: AdminClient,
    topic: str,
    api_database: str,
    limit: str,
    when: str,
) -> None:
    if when == "at the start":
        configure(kafka_admin, topic, max_message_bytes=limit)
    api = start_api(KAFKA_TOPIC=topic)
    api.wait_path("kafka", "up")
    sender = Sender(http, api.url)
    await sender.until_mode("kafka")
    if when == "while it runs":
        configure(kafka_admin, topic, max_message_bytes=limit)

    session = str(uuid4())
    async with sending_small_events(http, api.url) as others:
        for _ in range(3):
            status, body = await sender.send_batch([large_event(session_id=session) for _ in range(300)])
            assert (status, body["processed_count"], body["mode"]) == (201, 300, "kafka"), body

    assert modes(others) == {"kafka"}
    assert api.paths()["kafka"] == "up"
    await require_durable(others, kafka, topic, api_database)


@pytest.mark.parametrize("when", ["at the start", "while it runs"])
async def test_a_record_that_is_too_large_by_itself_goes_to_postgres_and_the_others_to_kafka(
    start_api: ApiFactory,
    http: aiohttp.ClientSession,
    kafka: EmbeddedKafka,
    kafka_admin: AdminClient,
    topic: str,
    api_database: str,
    when: str,
) -> None:
    if when == "at the start":
        configure(kafka_admin, topic, max_message_bytes="1000")
    api = start_api(KAFKA_TOPIC=topic)
    api.wait_path("kafka", "up")
    sender = Sender(http, api.url)
    await sender.until_mode("kafka")
    if when == "while it runs":
        configure(kafka_admin, topic, max_message_bytes="1000")

    session = str(uuid4())
    async with sending_small_events(http, api.url) as others:
        for _ in range(5):
            # Side by side, so that they are in one batch of records.
            sent = await asyncio.gather(
                *(sender.send(new_event(session_id=session)) for _ in range(20)),
                *(sender.send(large_event(session_id=session)) for _ in range(20)),
            )
            assert modes(sent[:20]) == {"kafka"}
            assert modes(sent[20:]) == {"direct"}

    assert modes(others) == {"kafka"}
    assert api.paths()["kafka"] == "up"
    assert api.metric("ingestor_failover_active") == 0
    await require_durable(sender.sent + others, kafka, topic, api_database)


async def test_a_limit_that_was_raised_is_used_once_a_record_was_refused(
    start_api: ApiFactory, http: aiohttp.ClientSession, kafka_admin: AdminClient, topic: str
) -> None:
    configure(kafka_admin, topic, max_message_bytes="1000")
    api = start_api(KAFKA_TOPIC=topic)
    api.wait_path("kafka", "up")
    sender = Sender(http, api.url)
    assert (await sender.send(large_event())).mode == "direct"
    configure(kafka_admin, topic, max_message_bytes="100000")

    await sender.send(large_event())

    assert (await sender.send(large_event())).mode == "kafka"


async def test_without_fallback_the_sender_learns_the_limit_and_others_are_served(
    start_api: ApiFactory,
    http: aiohttp.ClientSession,
    kafka: EmbeddedKafka,
    kafka_admin: AdminClient,
    topic: str,
    api_database: str,
) -> None:
    configure(kafka_admin, topic, max_message_bytes="1000")
    api = start_api(KAFKA_TOPIC=topic, KAFKA_FALLBACK="none")
    api.wait_path("kafka", "up")
    sender = Sender(http, api.url)
    session = str(uuid4())

    async with sending_small_events(http, api.url) as others:
        refused = await sender.send(large_event())
        good, large = [new_event(session_id=session) for _ in range(20)], large_event(session_id=session)
        status, body = await sender.send_batch([*good, large])

    assert refused.status == 413
    assert "max.message.bytes is 1000" in refused.body["error"]
    assert (status, body["processed_count"], body["mode"]) == (201, 20, "kafka")
    (rejected,) = body["rejected"]
    assert rejected["event_id"] == large["event_id"]
    assert "max.message.bytes is 1000" in rejected["reason"]
    assert "retry" not in rejected
    assert modes(others) == {"kafka"}
    await require_durable(others, kafka, topic, api_database)


async def test_a_topic_that_refuses_the_records_time_is_no_outage(
    start_api: ApiFactory, http: aiohttp.ClientSession, kafka_admin: AdminClient, topic: str
) -> None:
    api = start_api(KAFKA_TOPIC=topic)
    api.wait_path("kafka", "up")
    sender = Sender(http, api.url)
    await sender.until_mode("kafka")
    configure(kafka_admin, topic, message_timestamp_before_max_ms="0")

    async with asyncio.timeout(SECONDS):
        while (await sender.send()).mode == "kafka":
            pass
    refused = [await sender.send() for _ in range(10)]

    assert modes(refused) == {"direct"}
    assert api.paths()["kafka"] == "up"
    configure(kafka_admin, topic, message_timestamp_before_max_ms=str(2**63 - 1))
    await sender.until_mode("kafka")


async def test_a_topic_that_is_deleted_and_made_again_is_used_again_with_its_new_limit(
    start_api: ApiFactory,
    http: aiohttp.ClientSession,
    kafka: EmbeddedKafka,
    kafka_admin: AdminClient,
    topic: str,
    api_database: str,
) -> None:
    api = start_api(KAFKA_TOPIC=topic)
    api.wait_path("kafka", "up")
    sender = Sender(http, api.url)
    await sender.until_mode("kafka")
    kafka_admin.delete_topics([topic])[topic].result(SECONDS)
    await sender.until_mode("direct")
    assert modes(sender.sent) <= {"kafka", "direct"}
    make_topic(kafka_admin, topic, 3)
    configure(kafka_admin, topic, max_message_bytes="1000")

    before = len(sender.sent)
    await sender.until_mode("kafka")
    assert (await sender.send(large_event())).mode == "direct"
    assert (await sender.send()).mode == "kafka"

    gone = [item for item in sender.sent[:before] if item.mode == "kafka"]
    await require_durable([item for item in sender.sent if item not in gone], kafka, topic, api_database)
