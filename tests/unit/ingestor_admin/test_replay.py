"""A replay judges a record as the consumer does, whatever is in it and whenever it was accepted."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from odd_inputs import BODIES, GOOD, OddEvent, odd_events
from record_sets import CONTROL, GZIP, TRANSACTIONAL, WrittenRecord, WrittenSet, encode_records

from ingestor_admin import partition_reading
from ingestor_admin.partition_reading import StretchReading
from ingestor_admin.reading import Stretch
from ingestor_admin.replay import Outcome, events_of
from ingestor_common import record_values
from ingestor_common.events import Event
from ingestor_common.kafka_log.judging import Reach
from ingestor_common.kafka_log.leader import Fetched
from ingestor_common.kafka_log.record_sets import RecordSet, split
from ingestor_common.kafka_log.transactions import Aborted
from ingestor_common.record_values import LARGEST_EVENT
from ingestor_common.store.ledger import Source
from ingestor_consumer import reading as reading_module
from ingestor_consumer.batch import Batch
from ingestor_consumer.decoding import Refusal
from ingestor_consumer.reading import SMALL_SET_BYTES, Reading

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


def fetched_of(data: bytes, end: int, aborted: Sequence[Aborted] = ()) -> Fetched:
    return Fetched(split(data), list(aborted), end, end, len(data))


def replayed(fetched: Fetched, stretch: Stretch, outcome: Outcome | None = None) -> list[Event]:
    """What a replay makes of a log."""
    return events_of(StretchReading(stretch).read(fetched, is_end=True), None, outcome or Outcome())


def consumed(fetched: Fetched, start: int = 0) -> list[Batch]:
    """What the consumer makes of it."""
    reading = Reading(Source("group", "events", "topic-id"), 0, start, -1)
    pieces: list[Batch] = []
    for piece in reading.read(fetched, True):
        found = reading.read_large(piece) if isinstance(piece, RecordSet) else [piece]
        pieces += [each for each in found if each is not None]
    return pieces


def stored(batches: Sequence[Batch]) -> list[Event]:
    return [event for batch in batches for event in batch.events()]


@given(st.sampled_from(VALUES), TIMES_MS)
@example(LARGEST + b" ", EVENT_MS)
@example(EVENT, -1)
def test_what_the_consumer_stores_is_an_event_to_a_replay_and_nothing_else_is(
    value: bytes | None, time_ms: int
) -> None:
    fetched = fetched_of(WrittenSet(0, [WrittenRecord(0, value)], time=time_ms).encode(), 1)
    assert replayed(fetched, Stretch(0, 1)) == stored(consumed(fetched))


GOOD_RECORDS = [WrittenRecord(delta, EVENT) for delta in range(3)]
SETS = {
    "good": WrittenSet(0, GOOD_RECORDS, GZIP),
    "holes": WrittenSet(0, GOOD_RECORDS[1:2], last_delta=2),
    "damaged": WrittenSet(0, GOOD_RECORDS, damage=3),
    "old": WrittenSet(2, GOOD_RECORDS, magic=1),
    "garbage": WrittenSet(0, GOOD_RECORDS, body=b"\x07garbage", codec=GZIP),
    "an unknown codec": WrittenSet(0, GOOD_RECORDS, body=b"", attributes=7),
    "torn": WrittenSet(0, GOOD_RECORDS, body=encode_records(GOOD_RECORDS)[:-20]),
    "huge": WrittenSet(0, [*GOOD_RECORDS[:2], WrittenRecord(2, bytes(2 * SMALL_SET_BYTES))], GZIP),
    "too large": WrittenSet(0, [*GOOD_RECORDS[:2], WrittenRecord(2, bytes(5 * SMALL_SET_BYTES))], GZIP),
    "marker": WrittenSet(0, GOOD_RECORDS, attributes=CONTROL | TRANSACTIONAL),
    "aborted": WrittenSet(0, GOOD_RECORDS, attributes=TRANSACTIONAL, producer=1),
}
"""Sets of three offsets."""


@settings(deadline=None)
@given(st.lists(st.sampled_from(sorted(SETS)), max_size=6), st.integers(0, 18))
@example(sorted(SETS), 0)
def test_a_replay_reads_those_sets_that_the_consumer_reads(kinds: list[str], start: int) -> None:
    sets = [replace(SETS[kind], base=3 * number + SETS[kind].base).encode() for number, kind in enumerate(kinds)]
    end = 3 * len(kinds)
    aborted = [Aborted(1, 3 * number) for number, kind in enumerate(kinds) if kind == "aborted"]
    fetched, outcome = fetched_of(b"".join(sets), end, aborted), Outcome()
    with pytest.MonkeyPatch.context() as patched:
        for module in (partition_reading, reading_module):
            patched.setattr(module, "LARGEST_SET_BYTES", 4 * SMALL_SET_BYTES)
        batches = consumed(fetched, min(start, end))
        assert replayed(fetched, Stretch(start, end), outcome) == stored(batches)
    refused = [record for batch in batches for record in batch.records if isinstance(record.content, Refusal)]
    assert outcome.no_events == len(refused)


def test_a_stretch_ends_before_its_end() -> None:
    fetched = fetched_of(SETS["good"].encode() + replace(SETS["good"], base=3).encode(), 6)
    assert [len(replayed(fetched, Stretch(start, 4))) for start in range(6)] == [4, 3, 2, 1, 0, 0]


def test_a_damaged_last_set_is_read_once_what_follows_it_is_known() -> None:
    damaged, good = SETS["damaged"].encode(), replace(SETS["good"], base=3).encode()
    reading, reach = StretchReading(Stretch(0, 6)), Reach()
    first = fetched_of(damaged, 6)
    assert not list(reading.read(first, reach.is_end))
    reach.note(first, 0, reading.position)
    assert reach.size > 2 * len(damaged)
    assert len(list(reading.read(fetched_of(damaged + good, 6), reach.is_end))) == 4
    assert reading.is_over


def test_a_record_that_cannot_be_read_ends_no_replay(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> Event:
        raise ZeroDivisionError

    monkeypatch.setattr(record_values, "parse", fail)
    outcome = Outcome()
    assert replayed(fetched_of(SETS["good"].encode(), 3), Stretch(0, 3), outcome) == []
    assert outcome.no_events == 3
