"""Every offset of a batch is accounted for, once."""

from hypothesis import given
from hypothesis import strategies as st
from unit.ingestor_consumer.batches import batch, event, part

from ingestor_common.events import Event
from ingestor_common.store.ledger import Account, Advance
from ingestor_consumer.accounting import BeyondTheEnd, account, catch_up
from ingestor_consumer.batch import Batch
from ingestor_consumer.decoding import INVALID_EVENT, NOT_JSON, Refusal

contents: st.SearchStrategy[Event | Refusal] = st.one_of(
    st.integers(0, 8).map(event), st.sampled_from([Refusal(NOT_JSON, "no"), Refusal(INVALID_EVENT, "no")])
)


@st.composite
def batches(draw: st.DrawFn) -> Batch:
    """Parts of up to three partitions, with gaps before, between and after their records."""
    parts = []
    for partition in draw(st.sets(st.integers(0, 2), min_size=1)):
        first = draw(st.integers(0, 1_000))
        offsets = draw(st.sets(st.integers(first, first + 12)))
        end = max(offsets, default=first) + 1 + draw(st.integers(0, 3))
        parts.append(part(partition, first, end, {offset: draw(contents) for offset in offsets}))
    return batch(*parts)


@given(batches(), st.sets(st.integers(0, 8)))
def test_the_books_of_every_partition_balance(given_batch: Batch, stored_before: set[int]) -> None:
    new = {each.identity for each in given_batch.events()} - {event(number).identity for number in stored_before}
    steps, tally = account(given_batch, new)
    for step, each in zip(steps, given_batch.parts, strict=True):
        assert (step.partition, step.expected, step.next) == (each.partition, each.first, each.next)
        counted = step.persisted + step.duplicates + step.dead_lettered
        assert counted == len(each.records)
        assert step.next - step.expected == counted + step.gaps
        assert min(step.persisted, step.duplicates, step.dead_lettered, step.gaps) >= 0
        assert step.lost == 0
    assert sum(step.persisted for step in steps) == tally.persisted.total() == len(new)
    assert sum(step.duplicates for step in steps) == tally.duplicates
    assert sum(step.dead_lettered for step in steps) == tally.dead_lettered.total() == len(given_batch.letters())


@given(st.lists(batches(), max_size=5))
def test_an_account_balances_after_any_number_of_batches(given_batches: list[Batch]) -> None:
    known: set[object] = set()
    totals: dict[int, list[Advance]] = {}
    for each in given_batches:
        new = {one.identity for one in each.events()} - known
        known |= new
        for step in account(each, new)[0]:
            totals.setdefault(step.partition, []).append(step)
    for partition, steps in totals.items():
        passed = sum(step.next - step.expected for step in steps)
        books = Account(
            partition,
            first_offset=0,
            next_offset=passed,
            persisted=sum(step.persisted for step in steps),
            duplicates=sum(step.duplicates for step in steps),
            dead_lettered=sum(step.dead_lettered for step in steps),
            gaps=sum(step.gaps for step in steps),
        )
        assert books.unaccounted == 0


def test_an_event_that_stands_twice_in_a_batch_is_stored_once_and_its_second_record_a_duplicate() -> None:
    twice = batch(part(0, 0, 2, {0: event(1), 1: event(1)}), part(1, 5, 6, {5: event(1)}))
    steps, tally = account(twice, {event(1).identity})
    assert [(step.persisted, step.duplicates) for step in steps] == [(1, 1), (0, 1)]
    assert (tally.persisted, tally.duplicates) == ({"SESSION_STARTED": 1}, 2)


def test_offsets_without_a_record_are_gaps_wherever_they_are() -> None:
    steps, _ = account(batch(part(0, 10, 20, {12: event(1), 15: event(2)})), frozenset())
    assert steps == [Advance(0, 10, 20, duplicates=2, gaps=8)]


def test_an_account_within_its_log_is_read_on_from_its_next_offset() -> None:
    for next_offset in (5, 7, 9):
        assert catch_up(Account(0, 0, next_offset), log_start=5, log_end=9) is None


def test_records_that_retention_removed_unread_are_lost() -> None:
    assert catch_up(Account(3, 0, 4), log_start=9, log_end=20) == Advance(3, 4, 9, lost=5)


def test_lost_records_stay_unaccounted() -> None:
    assert Account(0, first_offset=0, next_offset=9, persisted=4, lost=5).unaccounted == 5


def test_an_account_ahead_of_its_log_is_not_read_on() -> None:
    assert catch_up(Account(0, 0, 21), log_start=0, log_end=20) == BeyondTheEnd(21, 20)
