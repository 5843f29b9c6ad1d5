"""A producer's batches fit what the topic takes."""

from hypothesis import given
from hypothesis import strategies as st

from ingestor_api.batch_bytes import LARGEST, SMALLEST, fitting, record_bytes, smaller


@given(st.integers(0, 2**31 - 1))
def test_batches_are_never_larger_than_the_topic_takes_or_hold_one_record(limit: int) -> None:
    assert SMALLEST <= fitting(limit) <= max(limit, SMALLEST)
    assert fitting(limit) <= LARGEST


@given(st.integers(SMALLEST, LARGEST))
def test_shrinking_ends_with_a_batch_for_each_record(current: int) -> None:
    steps = 0
    while current > SMALLEST:
        assert smaller(current) < current
        current, steps = smaller(current), steps + 1
    assert steps <= 3


def test_the_bytes_of_a_record_are_not_counted_too_low() -> None:
    assert record_bytes(b"k" * 36, b"v" * 500, [("name", b"c" * 20)]) >= 36 + 500 + 24
