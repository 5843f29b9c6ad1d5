"""Record sets become batches that pass over nothing: every offset is in one batch, every good record is an event."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from record_sets import CODECS, CONTROL, GZIP, TRANSACTIONAL, WrittenRecord, WrittenSet, encode_records
from unit.ingestor_consumer.batches import BAD, SOURCE, event

from ingestor_common.kafka_log.leader import Fetched
from ingestor_common.kafka_log.record_sets import RecordSet, split
from ingestor_common.kafka_log.transactions import Aborted
from ingestor_common.records import value_of
from ingestor_common.store.ledger import EpochStart
from ingestor_consumer import reading as reading_module
from ingestor_consumer.batch import Batch
from ingestor_consumer.decoding import Refusal
from ingestor_consumer.reading import SMALL_SET_BYTES, Reading

HUGE = bytes(SMALL_SET_BYTES + 1)


@dataclass(frozen=True)
class Expected:
    """What must become of a log: the offsets of events, of dead letters, and of neither."""

    events: frozenset[int]
    letters: frozenset[int]
    end: int


def _log(kinds: Sequence[str]) -> tuple[list[bytes], list[Aborted], Expected]:
    """A log of one set for each kind, three offsets each."""
    sets, aborted, events, letters = [], [], set(), set()
    for number, kind in enumerate(kinds):
        base = number * 3
        good = [WrittenRecord(delta, value_of(event(base + delta))) for delta in range(3)]
        written = WrittenSet(base, good, CODECS[number % 5], epoch=number // 2, last_delta=2)
        offsets = set(range(base, base + 3))
        match kind:
            case "good":
                events |= offsets
            case "holes":
                written = replace(written, records=good[1:2])
                events.add(base + 1)
            case "bad":
                written = replace(written, records=[replace(good[0], value=BAD), good[1], replace(good[2], value=None)])
                events.add(base + 1)
                letters |= {base, base + 2}
            case "damaged":
                written = replace(written, damage=number)
                letters |= offsets
            case "old":
                written = replace(written, magic=1, base=base + 2)
                letters |= offsets
            case "garbage":
                written = replace(written, body=b"\x07garbage", codec=1 + number % 7)
                letters |= offsets
            case "torn":
                body = encode_records(good)
                written = replace(written, body=body[: -len(body) // 3 + 1], codec=0)
                events |= {base, base + 1}
                letters.add(base + 2)
            case "huge":
                written = replace(written, records=[*good[:2], replace(good[2], value=HUGE)], codec=GZIP)
                events |= {base, base + 1}
                letters.add(base + 2)
            case "marker":
                written = replace(written, attributes=CONTROL | TRANSACTIONAL, codec=0, producer=number)
            case "aborted":
                written = replace(written, attributes=TRANSACTIONAL, producer=10_000 + number)
                aborted.append(Aborted(10_000 + number, base))
        sets.append(written.encode())
    return sets, aborted, Expected(frozenset(events), frozenset(letters), 3 * len(kinds))


KINDS = ["good", "holes", "bad", "damaged", "old", "garbage", "torn", "huge", "marker", "aborted"]


def _read(reading: Reading, fetched: Fetched, is_end: bool) -> list[Batch]:
    found: list[Batch] = []
    for piece in reading.read(fetched, is_end):
        if isinstance(piece, RecordSet):
            found += [batch for batch in reading.read_large(piece) if batch is not None]
        elif piece is not None:
            found.append(piece)
    return found


@settings(deadline=None)
@given(st.lists(st.sampled_from(KINDS), max_size=9), st.lists(st.integers(1, 4), max_size=9), st.integers(0, 8))
def test_every_offset_is_in_one_batch_and_every_good_record_is_an_event(
    kinds: list[str], cuts: list[int], start: int
) -> None:
    sets, aborted, expected = _log(kinds)
    start = min(start, expected.end)
    reading = Reading(SOURCE, 0, start, -1)
    batches: list[Batch] = []
    at, more = 0, 0
    while at < len(sets):
        count = (cuts[at % len(cuts)] if cuts else 1) + more
        data = b"".join(sets[at : at + count])
        is_end = at + count >= len(sets)
        before = reading.position
        batches += _read(reading, Fetched(split(data), aborted, expected.end, expected.end, len(data)), is_end)
        # The next fetch begins with the set that holds the position.
        while at < len(sets) and reading.position >= 3 * (at + 1):
            at += 1
        more = 0 if reading.position > before else more + 1

    assert reading.position == expected.end
    next_offset = start
    for batch in batches:
        assert batch.first == next_offset < batch.next
        assert all(batch.first <= record.offset <= record.last_offset < batch.next for record in batch.records)
        next_offset = batch.next
    assert next_offset == expected.end or start == expected.end
    records = [record for batch in batches for record in batch.records]
    events = [record.offset for record in records if not isinstance(record.content, Refusal)]
    letters = [
        offset
        for record in records
        if isinstance(record.content, Refusal)
        for offset in range(record.offset, record.last_offset + 1)
    ]
    assert events == sorted(offset for offset in expected.events if offset >= start)
    assert letters == sorted(offset for offset in expected.letters if offset >= start)
    # Nothing in the header of a damaged or an old set is believed.
    known = {
        number // 2: max(start, 3 * number)
        for number, kind in reversed(list(enumerate(kinds)))
        if kind not in ("damaged", "old") and 3 * (number + 1) > start
    }
    noted = [epoch for batch in batches for epoch in batch.epochs]
    assert noted == [EpochStart(*each) for each in sorted(known.items())]
    assert all(batch.first <= epoch.offset < batch.next for batch in batches for epoch in batch.epochs)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(KINDS), min_size=1, max_size=12), st.integers(0, 30))
def test_others_may_have_their_turn_after_each_record_and_each_set(
    monkeypatch: pytest.MonkeyPatch, kinds: list[str], start: int
) -> None:
    done: list[str] = []

    def counted(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def count(*given: Any) -> Any:
            done.append(name)
            return work(*given)

        return count

    with monkeypatch.context() as patched:
        for name in ("decode", "inflate"):
            patched.setattr(reading_module, name, counted(name, getattr(reading_module, name)))
        sets, aborted, expected = _log(kinds)
        data = b"".join(sets)
        reading = Reading(SOURCE, 0, min(start, expected.end), -1)
        fetched = Fetched(split(data), aborted, expected.end, expected.end, len(data))
        for piece in reading.read(fetched, is_end=True):
            assert len(done) <= 1
            done.clear()
            for _ in reading.read_large(piece) if isinstance(piece, RecordSet) else ():
                assert len(done) <= 1
                done.clear()
            done.clear()
    assert not done


def test_records_that_were_read_before_are_passed_over_one_at_a_time() -> None:
    data = WrittenSet(0, [WrittenRecord(delta, BAD) for delta in range(5_000)]).encode()
    reading = Reading(SOURCE, 0, 4_999, -1)
    steps = list(reading.read(Fetched(split(data), [], 5_000, 5_000, len(data)), is_end=True))
    assert steps.count(None) >= 5_000


def test_a_damaged_last_set_is_left_until_what_follows_it_is_known() -> None:
    sets, _, _ = _log(["good", "damaged", "good"])
    reading = Reading(SOURCE, 0, 0, -1)
    data = b"".join(sets[:2])
    _read(reading, Fetched(split(data), [], 9, 9, len(data)), is_end=False)
    assert reading.position == 3


def test_leader_epochs_are_noted_with_their_first_offset_read() -> None:
    sets, _, expected = _log(["good"] * 5)
    data = b"".join(sets)
    [batch] = _read(
        Reading(SOURCE, 0, 4, 0), Fetched(split(data), [], expected.end, expected.end, len(data)), is_end=False
    )
    assert batch.epochs == (EpochStart(1, 6), EpochStart(2, 12))
    [batch] = _read(
        Reading(SOURCE, 0, 4, -1), Fetched(split(data), [], expected.end, expected.end, len(data)), is_end=False
    )
    assert batch.epochs == (EpochStart(0, 4), EpochStart(1, 6), EpochStart(2, 12))


def test_a_record_without_a_time_is_given_none() -> None:
    data = WrittenSet(0, [WrittenRecord(0, BAD)], time=-1).encode()
    [batch] = _read(Reading(SOURCE, 0, 0, -1), Fetched(split(data), [], 1, 1, len(data)), is_end=False)
    assert (batch.records[0].time_ms, batch.records[0].time) == (-1, None)


def test_a_response_that_ends_with_a_set_cut_off_is_not_whole() -> None:
    sets, _, _ = _log(["good", "good"])
    data = b"".join(sets)
    assert Fetched(split(data), [], 6, 6, len(data)).is_whole
    assert not Fetched(split(data[:-1]), [], 6, 6, len(data) - 1).is_whole
