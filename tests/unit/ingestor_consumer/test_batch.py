"""A batch is split between its events, and keeps every record in its place."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from unit.ingestor_consumer.batches import batch, event

from ingestor_common.events import Event
from ingestor_common.record_values import NOT_JSON
from ingestor_common.store.ledger import EpochStart
from ingestor_consumer.decoding import LONGEST_ERROR, Refusal, refusal

NO = Refusal(NOT_JSON, "no")


def test_refused_events_become_letters_in_their_place() -> None:
    whole = batch(0, 9, {0: event(1), 1: NO, 2: event(2), 8: event(3)})
    refusing = whole.refuse(
        {2: refusal("refused_by_database", "too odd"), 8: refusal("storing_timed_out", "x" * 5_000)}
    )
    assert refusing.events() == [event(1)]
    letters = refusing.letters()
    assert [(letter.record.offset, letter.refusal.reason) for letter in letters] == [
        (1, "not_json"),
        (2, "refused_by_database"),
        (8, "storing_timed_out"),
    ]
    assert letters[1].refusal.error == "too odd"
    assert len(letters[2].refusal.error) == LONGEST_ERROR
    assert (refusing.first, refusing.next) == (0, 9)


@given(st.lists(st.sampled_from(["event", "refusal", "gap"]), max_size=20), st.sets(st.integers(0, 19)))
def test_halves_have_all_of_the_batch_and_each_an_event(kinds: list[str], epochs: set[int]) -> None:
    kinds = ["event", *kinds, "event"]
    contents: dict[int, Event | Refusal] = {
        offset: event(offset) if kind == "event" else NO for offset, kind in enumerate(kinds) if kind != "gap"
    }
    whole = replace(batch(0, len(kinds), contents), epochs=tuple(EpochStart(epoch, epoch) for epoch in sorted(epochs)))
    first, second = whole.halves()
    assert (first.first, first.next, second.next) == (whole.first, second.first, whole.next)
    assert first.records + second.records == whole.records
    assert first.epochs + second.epochs == whole.epochs
    assert all(first.first <= record.offset < first.next for record in first.records)
    assert all(second.first <= record.offset < second.next for record in second.records)
    assert all(epoch.offset >= second.first for epoch in second.epochs)
    assert first.events()
    assert second.events()


@given(st.lists(st.sampled_from(["event", "refusal", "gap"]), max_size=20), st.data())
def test_a_batch_is_split_behind_as_many_records_as_asked_for(kinds: list[str], data: st.DataObject) -> None:
    kinds = ["event", *kinds, "refusal"]
    contents: dict[int, Event | Refusal] = {
        offset: event(offset) if kind == "event" else NO for offset, kind in enumerate(kinds) if kind != "gap"
    }
    whole = batch(0, len(kinds) + 3, contents)
    count = data.draw(st.integers(1, len(whole.records) - 1))
    first, rest = whole.split(count)
    assert (len(first.records), first.records + rest.records) == (count, whole.records)
    assert (first.first, first.next, rest.next) == (whole.first, rest.first, whole.next)


def test_events_before_the_mark_expire_and_those_at_it_do_not() -> None:
    mark = datetime(2026, 9, 1, tzinfo=UTC)
    old = Event(**{name: getattr(event(1), name) for name in event(1).__struct_fields__} | {"timestamp": mark})
    older = Event(
        **{name: getattr(event(2), name) for name in event(2).__struct_fields__}
        | {"timestamp": mark - timedelta(microseconds=1)}
    )
    [letter] = batch(0, 2, {0: old, 1: older}).refuse_before(mark).letters()
    assert (letter.record.offset, letter.refusal.reason) == (1, "expired")
