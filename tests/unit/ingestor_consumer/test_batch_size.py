"""Batches become as large as pays, and no larger, whatever a database takes for a transaction and for a row."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestor_consumer.batch_size import FIRST_RECORDS, MOST_RECORDS, ROWS_SECONDS, BatchSize

TIME_LIMIT = 10.0

durations = st.floats(0, TIME_LIMIT, allow_nan=False)
stored = st.tuples(st.integers(0, MOST_RECORDS), durations)
timed_out = st.tuples(st.integers(2, MOST_RECORDS), st.none())


def _store(size: BatchSize, fixed: float, each: float, batches: int) -> list[tuple[int, float]]:
    """Store a backlog in a database that takes `fixed` + `each` * records seconds; gives each batch and its time."""
    taken = []
    for _ in range(batches):
        records = size.records
        seconds = fixed + each * records
        taken.append((records, seconds))
        if seconds > TIME_LIMIT:
            size.note_timeout(records)
        else:
            size.note_stored(records, seconds)
    return taken


def _rate_of(batches: list[tuple[int, float]]) -> float:
    return sum(records for records, _ in batches) / sum(seconds for _, seconds in batches)


def _best_rate(fixed: float, each: float) -> float:
    return MOST_RECORDS / (fixed + each * MOST_RECORDS)


@given(st.lists(stored | timed_out, max_size=50))
def test_a_size_is_never_below_one_nor_above_the_most(history: list[tuple[int, float | None]]) -> None:
    size = BatchSize()
    for records, seconds in history:
        if seconds is None:
            size.note_timeout(records)
            assert size.records < records, "what timed out is not tried again at the same size"
        else:
            size.note_stored(records, seconds)
        assert 1 <= size.records <= MOST_RECORDS


@given(st.lists(stored | timed_out, max_size=20), st.floats(0.001, 2), st.floats(0.000_01, 2))
def test_a_backlog_is_stored_at_a_quarter_at_least_of_the_best_rate_and_never_times_out(
    history: list[tuple[int, float | None]], fixed: float, each: float
) -> None:
    size = BatchSize()
    for records, seconds in history:
        if seconds is None:
            size.note_timeout(records)
        else:
            size.note_stored(records, seconds)
    _store(size, fixed, each, 100)
    later = _store(size, fixed, each, 100)
    assert max(seconds for _, seconds in later) < TIME_LIMIT
    assert _rate_of(later) >= _best_rate(fixed, each) / 4


@given(st.floats(0.001, ROWS_SECONDS / 10), st.floats(0.000_01, 0.02))
def test_a_database_that_is_near_is_used_to_four_fifths(fixed: float, each: float) -> None:
    size = BatchSize()
    _store(size, fixed, each, 40)
    assert _rate_of(_store(size, fixed, each, 100)) >= 0.8 * _best_rate(fixed, each)


@pytest.mark.parametrize(
    ("fixed", "each", "sizes"),
    [
        (0.01, 0.000_02, {MOST_RECORDS}),  # fast
        (0.01, 0.008, {12, 24}),  # slow for each row; now and then it is tried whether that is still so
        (1.5, 0.000_1, {MOST_RECORDS}),  # slow to commit: fewer records would be no quicker
        (0.09, 0.000_000_1, {MOST_RECORDS}),
        (0.01, 5.0, {1}),
    ],
)
def test_the_size_follows_what_the_rows_take(fixed: float, each: float, sizes: set[int]) -> None:
    size = BatchSize()
    _store(size, fixed, each, 40)
    assert {records for records, _ in _store(size, fixed, each, 100)} == sizes


def test_a_fast_database_is_given_the_most_after_five_transactions() -> None:
    size = BatchSize()
    assert size.records == FIRST_RECORDS
    _store(size, 0.005, 0.000_02, 5)
    assert size.records == MOST_RECORDS


def test_what_keeps_up_says_nothing_of_larger_batches() -> None:
    size = BatchSize()
    for _ in range(100):
        size.note_stored(5, 0.01)
    assert size.records == FIRST_RECORDS


def test_a_database_that_becomes_a_hundred_times_slower_runs_out_of_time_once() -> None:
    size = BatchSize()
    _store(size, 0.01, 0.000_1, 40)
    taken = _store(size, 0.01, 0.01, 40)
    assert sum(seconds > TIME_LIMIT for _, seconds in taken) <= 1
