"""The tests' hands on Kafka."""

import asyncio
from collections.abc import Iterable

from aiokafka.conn import create_conn
from aiokafka.protocol.commit import OffsetCommitRequest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import AlterConfigOpType, ConfigEntry, ConfigResource
from confluent_kafka.admin._resource import ResourceType
from confluent_kafka.cimpl import NewTopic
from integration.kafka_sending import RecordSender

from ingestor_common.kafka_groups.groups import COORDINATOR_MOVES
from ingestor_common.network_addresses import brokers_of
from ingestor_dev.embedded.kafka import EmbeddedKafka

_NO_MEMBER = _NO_RETENTION = -1


def partitions(admin: AdminClient, topic: str) -> int:
    """Number of partitions; 0 where there is no such topic."""
    found = admin.list_topics(timeout=10).topics.get(topic)
    return len(found.partitions) if found else 0


def config(admin: AdminClient, topic: str, name: str) -> str:
    resource = ConfigResource(ResourceType.TOPIC, topic)
    value: str = admin.describe_configs([resource])[resource].result(10)[name].value
    return value


def alter(admin: AdminClient, topic: str, **settings: str) -> None:
    """Change settings of a topic, as a person with Kafka's own tools would."""
    entries = [
        ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET) for name, value in settings.items()
    ]
    resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=entries)
    admin.incremental_alter_configs([resource])[resource].result(10)


def topics(admin: AdminClient, prefix: str) -> set[str]:
    """Topics whose names begin so."""
    return {name for name in admin.list_topics(timeout=10).topics if name.startswith(prefix)}


def create(admin: AdminClient, topic: str, count: int, **settings: str) -> None:
    admin.create_topics([NewTopic(topic, count, 1, config=settings)])[topic].result(10)


def produce(kafka: EmbeddedKafka, topic: str, records: int) -> None:
    sender = RecordSender(kafka.client_config())
    for number in range(records):
        sender.put(topic, b"{}", str(number).encode())
    sender.flush()


def commit(kafka: EmbeddedKafka, group: str, topic: str, offsets: dict[int, int]) -> None:
    """Commit as a group that has no members now."""
    consumer = Consumer(kafka.client_config() | {"group.id": group})
    places = [TopicPartition(topic, partition, offset) for partition, offset in offsets.items()]
    consumer.commit(offsets=places, asynchronous=False)
    consumer.close()


async def commit_as_groups(bootstrap: str, groups: Iterable[str], topic: str) -> None:
    """Commit offset 0 of partition 0 as each of the groups, by one connection to the only broker."""
    connection = await create_conn(*brokers_of(bootstrap)[0])
    try:
        for group in groups:
            request = OffsetCommitRequest(group, _NO_MEMBER, "", _NO_RETENTION, [(topic, [(0, 0, "")])])
            async with asyncio.timeout(20):
                while error := (await connection.send(request)).topics[0][1][0][1]:
                    assert error in COORDINATOR_MOVES, f"the broker refuses the offset: error {error}"
                    await asyncio.sleep(0.1)
    finally:
        connection.close()


def log_ends(kafka: EmbeddedKafka, topic: str, count: int) -> dict[int, int]:
    consumer = Consumer(kafka.client_config() | {"group.id": "ends"})
    ends = {number: consumer.get_watermark_offsets(TopicPartition(topic, number))[1] for number in range(count)}
    consumer.close()
    return ends
