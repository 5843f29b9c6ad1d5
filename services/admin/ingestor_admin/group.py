"""What Kafka knows of the consumer group."""

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from confluent_kafka import Consumer, KafkaException, TopicPartition

from ingestor_common.counted_nouns import counted_noun
from ingestor_common.kafka import TopicFacts, about, client_config
from ingestor_common.kafka_groups.groups import COORDINATOR_MOVES, DEAD, describe_group, printable
from ingestor_common.kafka_groups.groups import Group as DescribedGroup
from ingestor_common.kafka_groups.groups import Member as DescribedMember
from ingestor_common.settings import KafkaSettings

_SECONDS: Final = 10.0
_AGAIN_SECONDS: Final = 0.2
_WORD_BOUNDARY: Final = re.compile("(?<=[a-z])(?=[A-Z])")

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Member:
    """A member of the group, under a name that tells members of one host apart."""

    name: str
    partitions: frozenset[int]


@dataclass(frozen=True, slots=True)
class Group:
    """A group's state in Kafka's words, with what its members are, and those members."""

    state: str
    members: tuple[Member, ...]


_NOBODY: Final = Group("nobody has joined it yet", ())


def members(settings: KafkaSettings) -> Group:
    """The group's members; a group that nobody has joined yet has none. Raises KafkaException.

    Not to be called where an event loop runs.
    """
    try:
        found = _persisting(lambda: asyncio.run(describe_group(settings, "ingestor-admin", _SECONDS)))
    except KafkaException as error:
        raise about(f"group {settings.kafka_group}", error) from None
    return _NOBODY if found.state == DEAD else Group(_state(found), tuple(map(_member, found.members)))


def _persisting(ask: Callable[[], Answer]) -> Answer:
    """The first question about a group makes its coordinator load, and the client does not ask again by itself."""
    limit = time.monotonic() + _SECONDS
    while True:
        try:
            return ask()
        except KafkaException as error:
            if error.args[0].code() not in COORDINATOR_MOVES or time.monotonic() > limit:
                raise
            time.sleep(_AGAIN_SECONDS)


def _state(found: DescribedGroup) -> str:
    words = _WORD_BOUNDARY.sub(" ", found.state).lower()
    kinds = sorted({member.unread for member in found.members if member.unread})
    foreign = f", some of another kind ({', '.join(kinds)})" if kinds else ""
    return f"{words}, {counted_noun(len(found.members), 'member')}{foreign}"


def _member(member: DescribedMember) -> Member:
    name = f"{printable(member.client_id)} {member.host} {printable(member.member_id[-8:])}"
    return Member(name, frozenset(member.partitions))


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
