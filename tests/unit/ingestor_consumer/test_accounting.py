"""Every offset of a batch is accounted for, once."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from unit.ingestor_consumer.batches import batch, event, record

from ingestor_common.events import Event
from ingestor_common.kafka_log.leader import LogRange
from ingestor_common.record_values import INVALID_EVENT, NOT_JSON
from ingestor_common.store.ledger import Account, Advance, Rewind
from ingestor_consumer.accounting import account, catch_up, went_back
from ingestor_consumer.batch import Batch
from ingestor_consumer.decoding import UNREADABLE, Refusal

contents: st.SearchStrategy[Event | Refusal] = st.one_of(
    st.integers(0, 8).map(event), st.sampled_from([Refusal(NOT_JSON, "no"), Refusal(INVALID_EVENT, "no")])
)


@st.composite
def batches(draw: st.DrawFn, first: int | None = None) -> Batch:
    """A batch with gaps before, between and after its records, some of which stand for several offsets."""
    at = start = draw(st.integers(0, 1_000)) if first is None else first
    records = []
    for _ in range(draw(st.integers(0, 6))):
        at += draw(st.integers(0, 2))
        if draw(st.booleans()):
            records.append(record(at, draw(contents)))
        else:
            records.append(record(at, Refusal(UNREADABLE, "no"), at + draw(st.integers(0, 5))))
        at = records[-1].last_offset + 1
    return replace(batch(start, at + draw(st.integers(0, 2)), {}), records=tuple(records))


@given(batches(), st.sets(st.integers(0, 8)))
def test_the_books_balance(given_batch: Batch, stored_before: set[int]) -> None:
    new = {each.identity for each in given_batch.events()} - {event(number).identity for number in stored_before}
    step, tally = account(given_batch, new)
    assert (step.partition, step.expected, step.next) == (0, given_batch.first, given_batch.next)
    counted = step.persisted + step.duplicates + step.dead_lettered
    assert counted == sum(each.span for each in given_batch.records)
    assert step.next - step.expected == counted + step.gaps
    assert min(step.persisted, step.duplicates, step.dead_lettered, step.gaps) >= 0
    assert step.lost == 0
    assert step.persisted == tally.persisted.total() == len(new)
    assert step.duplicates == tally.duplicates
    assert step.dead_lettered == tally.dead_lettered.total()


@given(st.data(), st.integers(0, 5))
def test_an_account_balances_after_any_number_of_batches(data: st.DataObject, count: int) -> None:
    books = Account(0, first_offset=0, next_offset=0)
    known: set[object] = set()
    for _ in range(count):
        each = data.draw(batches(books.next_offset))
        new = {one.identity for one in each.events()} - known
        known |= new
        step, _ = account(each, new)
        books = replace(
            books,
            next_offset=step.next,
            persisted=books.persisted + step.persisted,
            duplicates=books.duplicates + step.duplicates,
            dead_lettered=books.dead_lettered + step.dead_lettered,
            gaps=books.gaps + step.gaps,
        )
        assert books.unaccounted == 0


def test_an_event_that_stands_twice_in_a_batch_is_stored_once_and_its_second_record_a_duplicate() -> None:
    step, tally = account(batch(0, 2, {0: event(1), 1: event(1)}), {event(1).identity})
    assert (step.persisted, step.duplicates) == (1, 1)
    assert (tally.persisted, tally.duplicates) == ({"SESSION_STARTED": 1}, 1)


def test_offsets_without_a_record_are_gaps_wherever_they_are() -> None:
    step, _ = account(batch(10, 20, {12: event(1), 15: event(2)}), frozenset())
    assert step == Advance(0, 10, 20, duplicates=2, gaps=8)


def test_an_account_within_its_log_is_read_on_from_its_next_offset() -> None:
    for next_offset in (5, 7, 9):
        assert catch_up(Account(0, 0, next_offset), LogRange(5, 9, 0), next_offset) == []


def test_records_that_retention_removed_unread_are_lost() -> None:
    assert catch_up(Account(3, 0, 4), LogRange(9, 20, 0), 4) == [Advance(3, 4, 9, lost=5)]


def test_lost_records_stay_unaccounted() -> None:
    assert Account(0, first_offset=0, next_offset=9, persisted=4, lost=5).unaccounted == 5


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30), st.integers(0, 40))
def test_the_steps_lead_into_the_log_and_pass_over_nothing_that_was_not_read(
    next_offset: int, start: int, length: int, common_end: int
) -> None:
    logged = LogRange(start, start + length, 0)
    steps = catch_up(Account(0, 0, next_offset), logged, common_end)
    at, lost = next_offset, 0
    for step in steps:
        assert step.expected == at
        at = step.next
        lost += step.lost if isinstance(step, Advance) else 0
    assert logged.start <= at <= logged.end
    # What is in the log behind the common end has not been read, whatever stood there before.
    assert at <= max(common_end, logged.start)
    assert lost == max(0, start - next_offset)


def test_what_brokers_lost_is_gone_back_over() -> None:
    assert catch_up(Account(0, 0, 21), LogRange(0, 20, 0), 21) == [Rewind(0, 21, 20)]
    assert catch_up(Account(0, 0, 21), LogRange(0, 300, 4), 15) == [Rewind(0, 21, 15)]


def test_what_vanished_is_accounted_for() -> None:
    assert Account(0, first_offset=0, next_offset=15, persisted=21, vanished=6).unaccounted == 0


@given(stored=st.integers(0, 100), steps=st.lists(st.integers(1, 100), max_size=3), older=st.integers(0, 100))
def test_books_went_back_only_where_they_are_behind_what_was_stored(stored: int, steps: list[int], older: int) -> None:
    later = Account(1, 0, stored + sum(steps))
    assert went_back({1: stored}, {1: later}) == []
    assert went_back({1: stored, 2: stored}, {1: later, 2: Account(2, 0, older)}) == [2] * (older < stored)
    assert went_back({1: stored}, {2: later}) == [1]
