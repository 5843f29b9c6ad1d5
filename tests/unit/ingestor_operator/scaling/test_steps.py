"""Only numbers of consumers that lower the busiest one's share of partitions make a difference."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestor_operator.scaling.steps import fewest_alike, share, step_at_least, step_below, steps

PARTITIONS = st.integers(1, 200)


@pytest.mark.parametrize(
    ("partitions", "expected"),
    [(1, (1,)), (3, (1, 2, 3)), (6, (1, 2, 3, 6)), (10, (1, 2, 3, 4, 5, 10)), (12, (1, 2, 3, 4, 6, 12))],
)
def test_steps(partitions: int, expected: tuple[int, ...]) -> None:
    assert steps(partitions) == expected


@pytest.mark.parametrize(
    ("replicas", "up", "down"), [(1, 1, 1), (4, 4, 3), (5, 6, 3), (7, 12, 4), (12, 12, 6), (13, 12, 6)]
)
def test_neighbouring_steps_of_12_partitions(replicas: int, up: int, down: int) -> None:
    assert (step_at_least(replicas, 12), step_below(replicas, 12)) == (up, down)


@settings(deadline=None)
@given(PARTITIONS)
def test_every_step_lowers_the_share_and_ends_at_the_partition_count(partitions: int) -> None:
    shares = [share(partitions, step) for step in steps(partitions)]
    assert shares == sorted(set(shares), reverse=True)
    assert (steps(partitions)[0], steps(partitions)[-1]) == (1, partitions)


@settings(deadline=None)
@given(PARTITIONS, st.integers(1, 200))
def test_the_fewest_alike_is_a_step_with_the_same_share(partitions: int, replicas: int) -> None:
    fewest = fewest_alike(replicas, partitions)
    assert fewest in steps(partitions)
    assert share(partitions, fewest) == share(partitions, replicas)
