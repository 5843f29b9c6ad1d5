"""A replay judges a record as the consumer does, whatever is in it and whenever it was accepted."""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import pytest
from confluent_kafka import TIMESTAMP_CREATE_TIME, TIMESTAMP_NOT_AVAILABLE
from hypothesis import example, given
from hypothesis import strategies as st
from odd_inputs import BODIES, GOOD, OddEvent, odd_events
from record_sets import WrittenRecord, WrittenSet

from ingestor_admin.replay import Outcome, events_of
from ingestor_common import record_values
from ingestor_common.events import Event
from ingestor_common.kafka import KafkaMessage
from ingestor_common.kafka_log.leader import Fetched
from ingestor_common.kafka_log.record_sets import RecordSet, split
from ingestor_common.record_values import LARGEST_EVENT
from ingestor_common.store.ledger import Source
from ingestor_consumer.batch import Batch
from ingestor_consumer.reading import Reading

EVENT = OddEvent("good", ()).written(GOOD)
EVENT_MS = int(datetime.fromisoformat(GOOD["timestamp"]).timestamp() * 1000)
DAY_MS = 24 * 3600 * 1000
LARGEST = EVENT + b" " * (LARGEST_EVENT - len(EVENT))
VALUES = (
    None,
    b"",
    EVENT,
    LARGEST,
    LARGEST + b" ",
    *(odd.written(GOOD) for odd in odd_events()),
    *(body.written(EVENT) for body in BODIES),
)
TIMES_MS = st.sampled_from([-1, 0, EVENT_MS - DAY_MS - 1, EVENT_MS - DAY_MS, EVENT_MS]) | st.integers(-(2**62), 2**62)


@dataclass(frozen=True)
class ReadMessage:
    """A record as librdkafka gives it."""

    of_value: bytes | None
    time: tuple[int, int]

    def value(self) -> bytes | None:
        return self.of_value

    def timestamp(self) -> tuple[int, int]:
        return self.time


def replayed(value: bytes | None, kind: int, time_ms: int) -> list[Event]:
    return events_of([cast(KafkaMessage, ReadMessage(value, (kind, time_ms)))], None, Outcome())


def consumed(value: bytes | None, time_ms: int) -> list[Event]:
    """What the consumer makes of a record with that value and time."""
    data = WrittenSet(0, [WrittenRecord(0, value)], time=time_ms).encode()
    reading = Reading(Source("group", "events", "topic-id"), 0, 0, -1)
    now = time.time()
    pieces = list(reading.read(Fetched(split(data), [], 1, 1, len(data)), now, True))
    large = [batch for piece in pieces if isinstance(piece, RecordSet) for batch in reading.read_large(piece, now)]
    return [event for each in [*pieces, *large] if isinstance(each, Batch) for event in each.events()]


@given(st.sampled_from(VALUES), TIMES_MS)
@example(LARGEST + b" ", EVENT_MS)
@example(EVENT, -1)
def test_what_the_consumer_stores_is_an_event_to_a_replay_and_nothing_else_is(
    value: bytes | None, time_ms: int
) -> None:
    assert replayed(value, TIMESTAMP_CREATE_TIME, time_ms) == consumed(value, time_ms)


def test_a_record_without_a_time_was_accepted_now() -> None:
    assert len(replayed(EVENT, TIMESTAMP_NOT_AVAILABLE, 0)) == 1


def test_a_record_that_cannot_be_read_ends_no_replay(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> Event:
        raise ZeroDivisionError

    monkeypatch.setattr(record_values, "parse", fail)
    outcome = Outcome()
    message = cast(KafkaMessage, ReadMessage(EVENT, (TIMESTAMP_CREATE_TIME, EVENT_MS)))
    assert events_of([message], None, outcome) == []
    assert outcome.no_events == 1
