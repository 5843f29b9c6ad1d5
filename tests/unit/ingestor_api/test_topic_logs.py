"""Kafka is asked for the topic's logs once for all who want to know, and not at all where the answer is known."""

import asyncio

import pytest
from confluent_kafka import KafkaError, KafkaException
from hypothesis import given
from hypothesis import strategies as st

from ingestor_api import topic_logs
from ingestor_api.topic_logs import FAILED_SECONDS, HELD_SECONDS, Log, LogWatch, TopicLogs
from ingestor_common.kafka import TopicFacts, TopicMissing
from ingestor_common.settings import KafkaSettings


class Broker:
    """Answers in the broker's place; counts how often it was asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.logs = {0: Log(5, 10)}
        self.error: Exception | None = None
        self.asked = 0
        self.now = 1000.0
        monkeypatch.setattr(topic_logs, "describe_topic", self._describe)
        monkeypatch.setattr(topic_logs, "read_logs", lambda *_: dict(self.logs))
        monkeypatch.setattr(topic_logs, "PAUSE_SECONDS", 0.0)

    def _describe(self, *_: object) -> TopicFacts:
        self.asked += 1
        if self.error is not None:
            raise self.error
        return TopicFacts("quiz-events", "topic-id", tuple(self.logs))

    def clock(self) -> float:
        # Two looks at a clock are never at the same time.
        self.now += 1e-6
        return self.now


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Broker:
    return Broker(monkeypatch)


@pytest.fixture
def watch(broker: Broker) -> LogWatch:
    return LogWatch(KafkaSettings(kafka_brokers="127.0.0.1:1"), broker.clock)


def unanswered() -> KafkaException:
    return KafkaException(KafkaError(KafkaError._TIMED_OUT))


async def holds(watch: LogWatch, partition: int, offset: int) -> bool | None:
    logs = await watch.find(partition, offset)
    return None if logs is None else logs.holds(partition, offset)


async def test_a_record_that_is_there_is_asked_for_once_in_a_while(broker: Broker, watch: LogWatch) -> None:
    for offset in (5, 9, 7):
        assert await holds(watch, 0, offset)
    assert broker.asked == 1
    broker.now += HELD_SECONDS
    assert await holds(watch, 0, 5)
    assert broker.asked == 2


@pytest.mark.parametrize(("partition", "offset"), [(0, 10), (0, 4), (1, 0), (2**31 - 1, 2**63 - 1)])
async def test_an_offset_that_is_not_there_is_asked_for_each_time(
    broker: Broker, watch: LogWatch, partition: int, offset: int
) -> None:
    for asked in (1, 2, 3):
        assert await holds(watch, partition, offset) is False
        assert broker.asked == asked


async def test_a_record_that_was_written_after_the_last_question_is_found(broker: Broker, watch: LogWatch) -> None:
    assert await holds(watch, 0, 10) is False
    broker.logs[0] = Log(5, 11)
    assert await holds(watch, 0, 10)


async def test_those_who_come_at_the_same_time_share_a_question(broker: Broker, watch: LogWatch) -> None:
    answers = await asyncio.gather(*(holds(watch, 0, 10 + offset) for offset in range(100)))
    assert answers == [False] * 100
    assert broker.asked <= 2


async def test_one_who_goes_away_leaves_the_others_their_answer(watch: LogWatch) -> None:
    first, second = [asyncio.create_task(holds(watch, 0, 7)) for _ in range(2)]
    await asyncio.sleep(0)
    first.cancel()
    assert await second


async def test_while_kafka_does_not_answer_nobody_waits_for_it_again_at_once(broker: Broker, watch: LogWatch) -> None:
    broker.error = unanswered()
    for _ in range(3):
        assert await holds(watch, 0, 7) is None
    assert broker.asked == 1
    broker.error = None
    broker.now += FAILED_SECONDS
    assert await holds(watch, 0, 7)


async def test_a_record_that_was_there_is_known_while_kafka_does_not_answer(broker: Broker, watch: LogWatch) -> None:
    assert await holds(watch, 0, 7)
    broker.error = unanswered()
    broker.now += HELD_SECONDS
    assert await holds(watch, 0, 7)
    assert await holds(watch, 0, 10) is None


async def test_a_topic_that_does_not_exist_has_no_records(broker: Broker, watch: LogWatch) -> None:
    broker.error = TopicMissing("gone")
    assert await watch.find(0, 0) == TopicLogs()


@given(st.integers(0, 100), st.integers(0, 100), st.integers(0, 200))
def test_a_log_holds_the_offsets_from_its_start_to_before_its_end(start: int, length: int, offset: int) -> None:
    logs = TopicLogs("id", {0: Log(start, start + length)})
    assert logs.holds(0, offset) == (offset in range(start, start + length))
    assert not logs.holds(1, offset)
