"""Failures are retried later and later, a success starts over."""

from hypothesis import given
from hypothesis import strategies as st

from ingestor_operator.run.backoff import Backoff


@given(st.integers(1, 10_000))
def test_the_delay_is_never_more_than_the_longest_nor_less_than_half_of_the_first(failures: int) -> None:
    delay = Backoff(first=1, longest=60, failures=failures).delay()
    assert 0.5 <= delay <= 60


def test_it_grows_with_failures_and_starts_over_with_a_success() -> None:
    failing = Backoff(first=1, longest=60)
    for _ in range(5):
        failing = failing.failed()
    assert failing.delay() >= 8
    assert failing.succeeded().failed().delay() <= 1
