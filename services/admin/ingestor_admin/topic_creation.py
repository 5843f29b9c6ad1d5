"""Making topics, and telling how one that exists differs from what was asked for."""

from dataclasses import dataclass
from typing import Final

from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import ConfigResource
from confluent_kafka.admin._resource import ResourceType
from confluent_kafka.cimpl import NewTopic

from ingestor_common.kafka import answer

KAFKA_SECONDS: Final = 10.0

_HOUR_MS: Final = 3_600_000
_DEAD_LETTER_HOURS: Final = 720
_DEAD_LETTER_BYTES: Final = 2 * 1024 * 1024
"""Twice what a broker takes by default: a dead letter is the whole record and the headers that say why."""


@dataclass(frozen=True, slots=True)
class TopicPlan:
    """A topic as it should be."""

    name: str
    partitions: int
    replication_factor: int
    retention_hours: int
    max_message_bytes: int | None = None

    @classmethod
    def for_dead_letters(cls, name: str, replication_factor: int) -> "TopicPlan":
        """A dead-letter topic: one partition, kept for 30 days."""
        return cls(name, 1, replication_factor, _DEAD_LETTER_HOURS, _DEAD_LETTER_BYTES)

    def __str__(self) -> str:
        return (
            f"{self.name} (partitions {self.partitions}, replication factor {self.replication_factor}, "
            f"retention {self.retention_hours} h)"
        )

    def config(self) -> dict[str, str]:
        """The topic's settings by Kafka's names."""
        config = {"retention.ms": str(self.retention_hours * _HOUR_MS), "cleanup.policy": "delete"}
        return config if self.max_message_bytes is None else config | {"max.message.bytes": str(self.max_message_bytes)}


def create(admin: AdminClient, plan: TopicPlan) -> bool:
    """Make the topic; False if there is one of this name. Raises KafkaException."""
    topic = NewTopic(plan.name, plan.partitions, plan.replication_factor, config=plan.config())
    try:
        answer(admin.create_topics([topic], request_timeout=KAFKA_SECONDS)[plan.name], KAFKA_SECONDS)
    except KafkaException as error:
        if error.args[0].code() == KafkaError.TOPIC_ALREADY_EXISTS:
            return False
        raise
    return True


def differences(admin: AdminClient, plan: TopicPlan) -> list[str]:
    """How the existing topic differs from the plan. Raises KafkaException."""
    described = admin.describe_topics(TopicCollection([plan.name]), request_timeout=KAFKA_SECONDS)[plan.name]
    partitions = answer(described, KAFKA_SECONDS).partitions
    found = {"partitions": str(len(partitions)), "replication factor": str(len(partitions[0].replicas))}
    wanted = {"partitions": str(plan.partitions), "replication factor": str(plan.replication_factor)}
    config = _config(admin, plan.name)
    found |= {name: config.get(name, "") for name in plan.config()}
    wanted |= plan.config()
    return [f"{name} is {found[name]}, not {wanted[name]}" for name in wanted if found[name] != wanted[name]]


def _config(admin: AdminClient, name: str) -> dict[str, str]:
    resource = ConfigResource(ResourceType.TOPIC, name)
    future = admin.describe_configs([resource], request_timeout=KAFKA_SECONDS)[resource]
    return {entry.name: str(entry.value) for entry in answer(future, KAFKA_SECONDS).values()}
