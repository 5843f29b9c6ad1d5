"""Splitting ends, whatever fails and together with whatever: every row that can be stored is stored."""

import asyncpg
from hypothesis import given
from hypothesis import strategies as st

from ingestor_consumer.verdicts import Case, Verdict

REFUSAL = asyncpg.CheckViolationError("no")
TIMEOUT = TimeoutError()
OUTAGE = ConnectionResetError()


def _settle(
    rows: list[int], fails: dict[frozenset[int], Exception], takes_others: bool, most_attempts: int
) -> tuple[list[int], list[int], int]:
    """As the settler does: which rows were stored, which set aside, and how many attempts it took; `fails` are sets of
    rows that fail together."""
    stored: list[int] = []
    aside: list[int] = []
    parts, attempts = [(rows, False)], 0
    while parts:
        part, is_slow = parts.pop(0)
        case = Case(is_slow)
        while True:
            attempts += 1
            if attempts > most_attempts:
                return stored, aside, attempts
            error = next((error for group, error in fails.items() if group <= set(part)), None)
            if error is None:
                stored += part
                break
            verdict = case.judge(error, len(part), len(part))
            if verdict in (Verdict.SPLIT, Verdict.SHRINK):
                half = len(part) // 2
                parts = [(part[:half], case.is_slow), (part[half:], case.is_slow), *parts]
                break
            if verdict is Verdict.SET_ASIDE:
                aside += part
                break
            if verdict is Verdict.PROVE:
                case.prove(takes_others)
    return stored, aside, attempts


groups = st.dictionaries(
    st.frozensets(st.integers(0, 39), min_size=1, max_size=3), st.sampled_from([REFUSAL, TIMEOUT]), max_size=6
)


@given(st.integers(1, 40), groups)
def test_only_rows_that_fail_alone_are_set_aside(count: int, fails: dict[frozenset[int], Exception]) -> None:
    rows = list(range(count))
    stored, aside, attempts = _settle(rows, fails, takes_others=True, most_attempts=10_000)
    assert attempts < 10_000
    alone = {row for group in fails if len(group) == 1 for row in group if row < count}
    assert (set(stored), set(aside)) == (set(rows) - alone, alone)
    assert stored == sorted(stored)


@given(st.integers(1, 40), groups)
def test_nothing_is_set_aside_while_the_database_takes_no_row(
    count: int, fails: dict[frozenset[int], Exception]
) -> None:
    _, aside, _ = _settle(list(range(count)), fails, takes_others=False, most_attempts=300)
    assert aside == []


@given(st.lists(st.just(OUTAGE), max_size=50), st.integers(0, 2_000), st.booleans())
def test_an_outage_is_waited_for_however_long(failures: list[Exception], events: int, is_slow: bool) -> None:
    case = Case(is_slow)
    assert {case.judge(failure, events, events) for failure in failures} <= {Verdict.WAIT}


def test_a_row_that_was_stored_slowly_is_suspect_only_after_several_times() -> None:
    case = Case(is_slow=True)
    assert [case.judge(TIMEOUT, 1, 1) for _ in range(3)] == [Verdict.WAIT, Verdict.WAIT, Verdict.PROVE]


def test_a_batch_without_events_is_never_split_for_what_is_in_it() -> None:
    case = Case(is_slow=False)
    assert {case.judge(error, 0, 1) for error in (REFUSAL, TIMEOUT, TIMEOUT, TIMEOUT, REFUSAL)} == {Verdict.WAIT}
    assert case.judge(REFUSAL, 0, 500) is Verdict.WAIT


@given(st.integers(0, 2_000), st.integers(2, 2_000), st.booleans())
def test_what_took_too_long_is_never_tried_again_as_it_is(events: int, records: int, is_slow: bool) -> None:
    assert Case(is_slow).judge(TIMEOUT, min(events, records), records) is Verdict.SHRINK
