"""What Kafka knows of the consumer group."""

from dataclasses import dataclass
from typing import Final

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

from ingestor_common.kafka import TopicFacts

_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class Member:
    """A member of the group, under a name that tells members of one host apart."""

    name: str
    partitions: frozenset[int]


@dataclass(frozen=True, slots=True)
class Group:
    """A group's state in Kafka's words, and its members."""

    state: str
    members: tuple[Member, ...]


def members(admin: AdminClient, group: str) -> Group:
    """The group's members; a group that nobody has joined yet has none. Raises KafkaException."""
    future = admin.describe_consumer_groups([group], request_timeout=_SECONDS)[group]
    try:
        found = future.result(timeout=_SECONDS + 1)
    except KafkaException as error:
        if error.args[0].code() == KafkaError.GROUP_ID_NOT_FOUND:
            return Group("nobody has joined it yet", ())
        raise
    return Group(
        f"{str(found.state.name).lower()}, {len(found.members)} members",
        tuple(
            Member(
                f"{member.client_id} {member.host} {member.member_id[-8:]}",
                frozenset(place.partition for place in member.assignment.topic_partitions),
            )
            for member in found.members
        ),
    )


def committed(admin: AdminClient, group: str, topic: TopicFacts) -> dict[int, int]:
    """The offsets that the group has committed to Kafka, where it has. Raises KafkaException."""
    places = [TopicPartition(topic.name, partition) for partition in topic.partitions]
    request = [ConsumerGroupTopicPartitions(group, places)]
    future = admin.list_consumer_group_offsets(request, request_timeout=_SECONDS)[group]
    try:
        found = future.result(timeout=_SECONDS + 1).topic_partitions or []
    except KafkaException as error:
        if error.args[0].code() == KafkaError.GROUP_ID_NOT_FOUND:
            return {}
        raise
    return {place.partition: place.offset for place in found if place.offset >= 0}
