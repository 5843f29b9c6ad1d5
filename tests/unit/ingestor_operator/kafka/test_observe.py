"""A cluster that is only moving is not told of as one that cannot be read."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from ingestor_operator.kafka import observe
from ingestor_operator.kafka.admin import Admin
from ingestor_operator.kafka.facts import KafkaFacts, KafkaUnreachable, TopicFacts
from ingestor_operator.kafka.marks import OwnerMark
from ingestor_operator.kafka.observe import observe_kafka
from ingestor_operator.observe.observe import time_of, utc_now
from ingestor_operator.scaling import GroupState, Member

MINUTE = timedelta(minutes=1)


class Moving(Admin):
    """A Kafka without topics that answers so many looks with that code first."""

    def __init__(self, code: int, times: int) -> None:
        self._code, self._left = code, times

    unmarkable = None

    def troubles(self) -> list[KafkaError]:
        return []

    async def topics(self, names: Iterable[str]) -> dict[str, TopicFacts]:
        if self._left:
            self._left -= 1
            raise KafkaException(KafkaError(self._code))
        return {}


@pytest.mark.parametrize(
    "code",
    [
        KafkaError.NOT_COORDINATOR,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
        KafkaError.UNKNOWN_TOPIC_OR_PART,
        KafkaError.LEADER_NOT_AVAILABLE,
        KafkaError.NOT_LEADER_FOR_PARTITION,
    ],
)
async def test_an_answer_that_passes_is_asked_again(
    make_resource: Any, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    monkeypatch.setattr(observe, "_PAUSE", 0.01)
    kafka = make_resource().spec.kafka
    assert await observe_kafka(Moving(code, 3), kafka, utc_now) == KafkaFacts()
    monkeypatch.setattr(observe, "_SETTLES_WITHIN", 0.05)
    assert isinstance(await observe_kafka(Moving(code, 1000), kafka, utc_now), KafkaUnreachable)


async def test_any_other_answer_is_told_at_once(make_resource: Any) -> None:
    denied = Moving(KafkaError.TOPIC_AUTHORIZATION_FAILED, 1)
    assert isinstance(await observe_kafka(denied, make_resource().spec.kafka, utc_now), KafkaUnreachable)


class Slow(Admin):
    """A Kafka with one topic, each of whose answers comes when the clock has gone on by a minute."""

    unmarkable = None

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.read: dict[str, datetime] = {}

    def clock(self) -> datetime:
        return self.now

    def troubles(self) -> list[KafkaError]:
        return []

    async def topics(self, names: Iterable[str]) -> dict[str, TopicFacts]:
        self.now += MINUTE
        return {name: TopicFacts(name, "id", 1, 1) for name in names}

    async def marks(self, topics: Iterable[TopicFacts]) -> dict[str, OwnerMark]:
        self.now += MINUTE
        return {}

    async def group(self, name: str, topic: str) -> tuple[GroupState, tuple[Member, ...]]:
        self.now += MINUTE
        return GroupState.STABLE, ()

    async def committed(self, group: str, topic: str, partitions: int) -> dict[int, int]:
        return self._offset("committed")

    async def log_starts(self, topic: str, partitions: int) -> dict[int, int]:
        return self._offset("starts")

    async def log_ends(self, topic: str, partitions: int) -> dict[int, int]:
        return self._offset("ends")

    def _offset(self, which: str) -> dict[int, int]:
        self.now += MINUTE
        self.read[which] = self.now
        return {0: 0}


async def test_the_time_of_offsets_lies_between_the_committed_ones_and_the_ends(make_resource: Any) -> None:
    kafka = Slow()
    found = await observe_kafka(kafka, make_resource().spec.kafka, kafka.clock)
    assert isinstance(found, KafkaFacts)
    assert found.group.read_at == kafka.read["committed"] == kafka.read["ends"] - MINUTE
    assert time_of(found, utc_now) == found.group.read_at
