"""The way into Kafka by itself, over the real broker."""

import asyncio
import time
from uuid import uuid4

from confluent_kafka import KafkaError
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic
from integration.api.conftest import ApiFactory
from integration.api.sending import Sender

from ingestor_api.breaker import Breaker
from ingestor_api.producer import KafkaPath
from ingestor_api.receipts import KafkaReceipt, Undelivered
from ingestor_common.settings import KafkaSettings
from ingestor_dev.embedded.kafka import EmbeddedKafka


async def until_delivered(path: KafkaPath) -> KafkaReceipt:
    """Send until a record is acknowledged."""
    async with asyncio.timeout(20):
        while True:
            try:
                return await path.send(b"key", b"{}", [])
            except Undelivered:
                await asyncio.sleep(0.05)


async def test_a_producer_that_failed_for_good_is_replaced(kafka: EmbeddedKafka, topic: str) -> None:
    path = KafkaPath(KafkaSettings(kafka_brokers=kafka.bootstrap, kafka_topic=topic), Breaker(time.monotonic, 1))
    try:
        first = await until_delivered(path)
        # What librdkafka reports in its own thread; a real broker cannot be made to cause it at will.
        failed = path._producer
        path._on_error(KafkaError(KafkaError._FATAL, "fenced", fatal=True))
        async with asyncio.timeout(20):
            while path._producer is failed:
                await until_delivered(path)
        second = await until_delivered(path)
        assert (second.topic, second.partition) == (topic, first.partition)
        assert second.offset > first.offset
    finally:
        await path.stop()


async def test_while_the_topic_is_missing_events_go_directly_and_once_it_is_made_through_kafka(
    start_api: ApiFactory, sender: Sender, kafka_admin: AdminClient
) -> None:
    topic = f"late-{uuid4().hex[:12]}"
    sender.url = start_api(KAFKA_TOPIC=topic).url
    assert (await sender.send()).mode == "direct"
    kafka_admin.create_topics([NewTopic(topic, 3, 1)])[topic].result(30)
    await sender.until_mode("kafka")
    assert {sent.status for sent in sender.sent} == {201}
