"""A cluster that is only moving is not told of as one that cannot be read."""

from collections.abc import Iterable
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from ingestor_operator.kafka import observe
from ingestor_operator.kafka.admin import Admin
from ingestor_operator.kafka.facts import KafkaFacts, KafkaUnreachable, TopicFacts
from ingestor_operator.kafka.observe import observe_kafka


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
    assert await observe_kafka(Moving(code, 3), kafka) == KafkaFacts()
    monkeypatch.setattr(observe, "_SETTLES_WITHIN", 0.05)
    assert isinstance(await observe_kafka(Moving(code, 1000), kafka), KafkaUnreachable)


async def test_any_other_answer_is_told_at_once(make_resource: Any) -> None:
    denied = Moving(KafkaError.TOPIC_AUTHORIZATION_FAILED, 1)
    assert isinstance(await observe_kafka(denied, make_resource().spec.kafka), KafkaUnreachable)
