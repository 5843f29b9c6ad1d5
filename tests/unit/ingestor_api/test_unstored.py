"""How much waits to be stored, and for how long."""

from hypothesis import given
from hypothesis import strategies as st

from ingestor_api.topic_logs import Log
from ingestor_api.unstored import Waiting, waiting

NOW = 1_790_000_000.0


def test_what_is_between_the_ledger_and_the_logs_end_waits() -> None:
    assert waiting(Log(0, 100), 60, None, NOW - 30, NOW) == Waiting(60, 40, NOW - 30)


def test_a_partition_without_an_account_counts_from_the_logs_start() -> None:
    assert waiting(Log(20, 100), None, None, NOW - 30, NOW) == Waiting(20, 80, NOW - 30)


def test_what_retention_removed_does_not_wait() -> None:
    assert waiting(Log(80, 100), 60, None, None, NOW).records == 20


def test_nothing_waits_where_all_is_stored() -> None:
    assert waiting(Log(0, 100), 100, None, None, NOW).age(NOW + 1000) == 0


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.none() | st.floats(-1e6, 1e6))
def test_the_age_keeps_rising_while_the_same_record_waits(first: float, later: float, claimed: float | None) -> None:
    before = waiting(Log(0, 10), 5, None, NOW - first, NOW)
    after = waiting(Log(0, 20), 5, before, None if claimed is None else NOW + claimed, NOW + later)
    assert after.age(NOW + later) >= before.age(NOW) + later - 1e-3
