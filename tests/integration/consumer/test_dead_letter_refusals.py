"""A dead letter counts as kept only once it is in the log, whatever librdkafka makes of a refusal."""

import asyncio

import pytest
from confluent_kafka import Consumer, KafkaError, TopicPartition
from integration.refusing_proxy import ProxiedKafka
from record_sets import WrittenRecord
from unit.ingestor_consumer.batches import log_record

from ingestor_common.delivery import WITHOUT_OFFSET
from ingestor_common.kafka import KafkaMessage
from ingestor_common.settings import KafkaSettings
from ingestor_common.store.ledger import Source
from ingestor_consumer.batch import Letter, Record
from ingestor_consumer.deadletter import DeadLetters, NotDelivered
from ingestor_consumer.decoding import Refusal, decode

_SECONDS = 20.0


@pytest.fixture
def letters() -> list[Letter]:
    """Two records that are no events, as they were read."""
    return [_letter(0, b"first"), _letter(1, b"second")]


@pytest.fixture
def dead_letter_topic(proxied_kafka: ProxiedKafka) -> str:
    """A topic that nothing was written to."""
    return proxied_kafka.new_topic()


@pytest.fixture
def dead_letters(proxied_kafka: ProxiedKafka, dead_letter_topic: str) -> DeadLetters:
    return DeadLetters(KafkaSettings(kafka_brokers=proxied_kafka.server.bootstrap, kafka_dlq_topic=dead_letter_topic))


async def test_a_letter_that_is_passed_over_is_not_delivered_and_sent_again(
    dead_letters: DeadLetters, letters: list[Letter], proxied_kafka: ProxiedKafka, dead_letter_topic: str
) -> None:
    proxied_kafka.proxy.refuse_next(KafkaError.NOT_LEADER_FOR_PARTITION)
    first = asyncio.create_task(dead_letters.send(_SOURCE, letters[:1]))
    await asyncio.to_thread(proxied_kafka.proxy.wait_refused)
    await dead_letters.send(_SOURCE, letters[1:])
    with pytest.raises(NotDelivered, match=WITHOUT_OFFSET):
        await first
    await dead_letters.send(_SOURCE, letters[:1])
    assert [message.value() for message in _read(proxied_kafka, dead_letter_topic)] == [b"second", b"first"]


async def test_a_producer_that_failed_for_good_is_replaced(
    dead_letters: DeadLetters, letters: list[Letter], proxied_kafka: ProxiedKafka, dead_letter_topic: str
) -> None:
    proxied_kafka.proxy.refuse_next(KafkaError.OUT_OF_ORDER_SEQUENCE_NUMBER)
    first = asyncio.create_task(dead_letters.send(_SOURCE, letters[:1]))
    await asyncio.to_thread(proxied_kafka.proxy.wait_refused)
    # Its answer brings the refusal of the first, which ends the producer for both.
    second = asyncio.create_task(dead_letters.send(_SOURCE, letters[1:]))
    with pytest.raises(NotDelivered):
        await first
    await asyncio.gather(second, return_exceptions=True)
    await _until_sent(dead_letters, letters[:1])
    assert _read(proxied_kafka, dead_letter_topic)[-1].value() == b"first"


_SOURCE = Source("storing", "quiz-events", "id")


def _letter(offset: int, value: bytes) -> Letter:
    refusal = decode(value, 0)
    assert isinstance(refusal, Refusal)
    raw = log_record(offset, WrittenRecord(0, value))
    return Letter(0, Record(offset, offset, 0, refusal, raw), refusal)


async def _until_sent(dead_letters: DeadLetters, letters: list[Letter]) -> None:
    """As the pipeline does, which goes on only when they are."""
    async with asyncio.timeout(_SECONDS):
        while True:
            try:
                return await dead_letters.send(_SOURCE, letters)
            except NotDelivered:
                await asyncio.sleep(0.05)


def _read(kafka: ProxiedKafka, topic: str) -> list[KafkaMessage]:
    consumer = Consumer(kafka.server.client_config() | {"group.id": "reader", "enable.auto.commit": False})
    try:
        count = consumer.get_watermark_offsets(TopicPartition(topic, 0), _SECONDS)[1]
        consumer.assign([TopicPartition(topic, 0, 0)])
        found = consumer.consume(count, _SECONDS)
        assert [message.error() for message in found] == [None] * count
        return found
    finally:
        consumer.close()
