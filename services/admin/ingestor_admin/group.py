"""What Kafka knows of the consumer group."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from confluent_kafka import Consumer, ConsumerGroupState, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

from ingestor_common.kafka import TopicFacts, about, answer, client_config
from ingestor_common.settings import KafkaSettings

_SECONDS: Final = 10.0
_AGAIN_SECONDS: Final = 0.2

_COORDINATOR_MOVES: Final = frozenset(
    {KafkaError.NOT_COORDINATOR, KafkaError.COORDINATOR_NOT_AVAILABLE, KafkaError.COORDINATOR_LOAD_IN_PROGRESS}
)

Answer = TypeVar("Answer")


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


_NOBODY: Final = Group("nobody has joined it yet", ())


def members(admin: AdminClient, group: str) -> Group:
    """The group's members; a group that nobody has joined yet has none. Raises KafkaException."""
    try:
        return _persisting(lambda: _describe(admin, group))
    except KafkaException as error:
        if error.args[0].code() == KafkaError.GROUP_ID_NOT_FOUND:
            return _NOBODY
        raise about(f"group {group}", error) from None


def _persisting(ask: Callable[[], Answer]) -> Answer:
    """The first question about a group makes its coordinator load, and the client does not ask again by itself."""
    limit = time.monotonic() + _SECONDS
    while True:
        try:
            return ask()
        except KafkaException as error:
            if error.args[0].code() not in _COORDINATOR_MOVES or time.monotonic() > limit:
                raise
            time.sleep(_AGAIN_SECONDS)


def _describe(admin: AdminClient, group: str) -> Group:
    found = answer(admin.describe_consumer_groups([group], request_timeout=_SECONDS)[group], _SECONDS)
    if found.state == ConsumerGroupState.DEAD:
        return _NOBODY
    return Group(
        f"{found.state.name.lower()}, {len(found.members)} members",
        tuple(
            Member(
                f"{member.client_id} {member.host} {member.member_id[-8:]}",
                frozenset(place.partition for place in member.assignment.topic_partitions),
            )
            for member in found.members
        ),
    )


def committed(settings: KafkaSettings, topic: TopicFacts) -> dict[int, int]:
    """The offsets that the group has committed to Kafka, where it has. Raises KafkaException."""
    # By a consumer that joins nothing: librdkafka's admin client crashes where a broker answers that it is not the
    # group's coordinator (librdkafka issue 5040), as it does for a group that is new.
    reader = Consumer(client_config(settings, "ingestor-admin") | {"group.id": settings.kafka_group, "log_level": 0})
    try:
        places = [TopicPartition(topic.name, partition) for partition in topic.partitions]
        found = _persisting(lambda: reader.committed(places, _SECONDS))
    finally:
        reader.close()
    return {place.partition: place.offset for place in found if place.offset >= 0}
