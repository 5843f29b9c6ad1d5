"""Waits grow to a limit, and differ by chance."""

import random

from hypothesis import given
from hypothesis import strategies as st

from ingestor_consumer.retry import FIRST_SECONDS, LONGEST_SECONDS, delay


@given(st.integers(0, 10**9), st.integers())
def test_a_wait_is_never_too_long_and_never_nothing(attempt: int, seed: int) -> None:
    seconds = delay(attempt, random.Random(seed))
    assert FIRST_SECONDS / 2 <= seconds <= LONGEST_SECONDS


def test_waits_double_up_to_the_limit() -> None:
    longest = [max(delay(attempt, random.Random(seed)) for seed in range(200)) for attempt in range(8)]
    assert all(later > earlier * 1.5 for earlier, later in zip(longest[:5], longest[1:5], strict=False))
    assert longest[7] > LONGEST_SECONDS * 0.95


def test_consumers_that_failed_together_come_back_apart() -> None:
    assert len({delay(6, random.Random(seed)) for seed in range(20)}) == 20
