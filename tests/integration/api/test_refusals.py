"""What a broker refuses, and librdkafka makes of it: no event is told durable that is in no log and no table."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import AlterConfigOpType, ConfigEntry, ConfigResource
from confluent_kafka.admin._resource import ResourceType
from integration.api.sending import Sender, new_event, records_of, require_durable
from integration.refusing_proxy import ProxiedKafka
from integration.waiting import wait_until
from services import Api, running_api

from ingestor_api.breaker import Breaker, State
from ingestor_api.producer import DELIVERY_SECONDS, KafkaPath
from ingestor_api.receipts import KafkaReceipt, RecordTooLarge, Undelivered
from ingestor_common.delivery import WITHOUT_OFFSET
from ingestor_common.records import now_ms
from ingestor_common.settings import KafkaSettings


@pytest.fixture
def new_topic(proxied_kafka: ProxiedKafka) -> str:
    """A topic of one partition that nothing was written to."""
    return proxied_kafka.new_topic()


@pytest.fixture
async def path(proxied_kafka: ProxiedKafka, new_topic: str) -> AsyncIterator[KafkaPath]:
    """The way into the new topic, of which nothing was sent yet."""
    settings = KafkaSettings(kafka_brokers=proxied_kafka.server.bootstrap, kafka_topic=new_topic)
    path = KafkaPath(settings, Breaker(time.monotonic, trials=1))
    await asyncio.to_thread(wait_until, "Kafka used", path.breaker.permits)
    yield path
    await path.stop()


@pytest.fixture
def proxied_api(
    api_environment: dict[str, str], proxied_kafka: ProxiedKafka, new_topic: str, tmp_path: Path
) -> Iterator[Api]:
    """An API whose Kafka is behind the proxy."""
    behind = {"KAFKA_BROKERS": proxied_kafka.server.bootstrap, "KAFKA_TOPIC": new_topic}
    with running_api(api_environment | behind, tmp_path / "log") as running:
        running.wait_path("kafka", "up")
        yield running


async def test_a_first_record_refused_and_passed_over_by_the_next_one_is_undelivered(
    path: KafkaPath, proxied_kafka: ProxiedKafka, new_topic: str
) -> None:
    proxied_kafka.proxy.refuse_next(KafkaError.NOT_LEADER_FOR_PARTITION)
    first = path.send(b"key", b"first", [], now_ms())
    await asyncio.to_thread(proxied_kafka.proxy.wait_refused)
    second = await path.send(b"key", b"second", [], now_ms())
    with pytest.raises(Undelivered, match=WITHOUT_OFFSET):
        await first
    assert [record.value for record in records_of(proxied_kafka.server, new_topic)] == [b"second"]
    assert second.offset == 0


async def test_such_an_event_is_stored_directly_before_it_is_answered(
    proxied_api: Api, sender: Sender, proxied_kafka: ProxiedKafka, new_topic: str, api_database: str
) -> None:
    sender.url = proxied_api.url
    session = str(uuid4())
    proxied_kafka.proxy.refuse_next(KafkaError.NOT_LEADER_FOR_PARTITION)
    sending = asyncio.create_task(sender.send(new_event(session_id=session)))
    await asyncio.to_thread(proxied_kafka.proxy.wait_refused)
    second = await sender.send(new_event(session_id=session))
    first = await sending
    assert (first.mode, second.mode) == ("direct", "kafka")
    assert first.seconds < DELIVERY_SECONDS
    await require_durable(sender.sent, proxied_kafka.server, new_topic, api_database)


async def test_a_producer_that_failed_for_good_is_replaced(
    path: KafkaPath, proxied_kafka: ProxiedKafka, new_topic: str
) -> None:
    proxied_kafka.proxy.refuse_next(KafkaError.OUT_OF_ORDER_SEQUENCE_NUMBER)
    first = path.send(b"key", b"first", [], now_ms())
    await asyncio.to_thread(proxied_kafka.proxy.wait_refused)
    second = path.send(b"key", b"second", [], now_ms())
    with pytest.raises(Undelivered):
        await first
    await asyncio.wait([second])
    last = await until_delivered(path, b"last")
    found = {record.offset: record.value for record in records_of(proxied_kafka.server, new_topic)}
    assert found[last.offset] == b"last"
    assert b"first" not in found.values()


async def test_where_the_limit_cannot_be_looked_up_batches_shrink_until_what_fits_gets_through(
    proxied_kafka: ProxiedKafka, new_topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client without the right to describe the topic's configuration finds its limit by trying."""

    def not_allowed(*_: object) -> int:
        raise KafkaException(KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED))

    monkeypatch.setattr("ingestor_api.producer.max_message_bytes", not_allowed)
    settings = KafkaSettings(kafka_brokers=proxied_kafka.server.bootstrap, kafka_topic=new_topic)
    admin = AdminClient(proxied_kafka.server.client_config() | {"log_level": 0})
    changes = [ConfigEntry("max.message.bytes", "5000", incremental_operation=AlterConfigOpType.SET)]
    resource = ConfigResource(ResourceType.TOPIC, new_topic, incremental_configs=changes)
    admin.incremental_alter_configs([resource])[resource].result(20)
    path = KafkaPath(settings, Breaker(time.monotonic, trials=1))
    try:
        await until_delivered(path, b"first")
        accepted_ms = now_ms() - 60_000
        small = [path.send(b"key", os.urandom(500), [], accepted_ms) for _ in range(200)]
        await asyncio.wait(small)
        # From here on they fit, whatever became of those.
        small = [path.send(b"key", os.urandom(500), [], accepted_ms) for _ in range(200)]
        receipts = await asyncio.gather(*small)
        assert {receipt.topic for receipt in receipts} == {new_topic}
        # Those that were sent again too.
        found = records_of(proxied_kafka.server, new_topic)
        assert {record.timestamp_ms for record in found if record.value != b"first"} == {accepted_ms}
        with pytest.raises(RecordTooLarge):
            await path.send(b"key", os.urandom(6000), [], now_ms())
        assert path.breaker.state is State.CLOSED
    finally:
        await path.stop()


async def until_delivered(path: KafkaPath, value: bytes) -> KafkaReceipt:
    """Send until a record is acknowledged."""
    async with asyncio.timeout(20):
        while True:
            try:
                return await path.send(b"key", value, [], now_ms())
            except Undelivered:
                await asyncio.sleep(0.05)
