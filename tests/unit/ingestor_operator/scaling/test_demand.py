"""n = ceil((arrival + lag / target) / rate), in steps that matter, with the facts of partitions heeded."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.ingestor_operator.scaling.seen import NOON, seen

from ingestor_operator.scaling.demand import grown, kept, loads, most_at_once, wanted
from ingestor_operator.scaling.rates import PartitionHistory, Rates
from ingestor_operator.scaling.steps import steps

LOADS = st.lists(st.floats(0, 1e6), min_size=1, max_size=40)
RATE = st.floats(0.1, 1e5)


@pytest.mark.parametrize(
    ("asked", "rate", "expected"),
    [
        ([0.0] * 12, 1000, 1),
        ([80.0] * 12, 1000, 1),
        ([100.0] * 12, 1000, 2),
        ([200.0] * 12, 1000, 3),
        ([340.0] * 12, 1000, 6),
        ([500.0] * 12, 1000, 6),
        ([550.0] * 12, 1000, 12),
        ([9000.0] * 12, 1000, 12),
        ([900.0, 900.0, 900.0], 1000, 3),
        ([5000.0] + [0.0] * 11, 1000, 1),
        ([5000.0] + [50.0] * 11, 1000, 4),
        ([850.0] + [100.0] * 11, 1000, 4),
    ],
    ids=[
        "nothing to do still takes one",
        "960/s fit one consumer",
        "1,200/s take two",
        "2,400/s take three",
        "4,080/s take five, and five share partitions no better than four: six",
        "6,000/s take six",
        "6,600/s take seven: twelve",
        "never above the partition count",
        "three partitions",
        "one partition is read by one consumer, however full it is",
        "an overfull partition is given room by moving others away",
        "a full partition that fits only with few beside it",
    ],
)
def test_wanted(asked: list[float], rate: float, expected: int) -> None:
    assert wanted(asked, rate) == expected


@settings(deadline=None)
@given(LOADS, RATE)
def test_wanted_is_a_step_between_one_and_the_partition_count(asked: list[float], rate: float) -> None:
    assert wanted(asked, rate) in steps(len(asked))


@settings(deadline=None)
@given(LOADS, RATE, st.data())
def test_more_load_never_wants_fewer_consumers(asked: list[float], rate: float, data: st.DataObject) -> None:
    partition = data.draw(st.integers(0, len(asked) - 1))
    more = data.draw(st.floats(0, 1e6))
    fuller = [load + more if p == partition else load for p, load in enumerate(asked)]
    assert wanted(fuller, rate) >= wanted(asked, rate)


@settings(deadline=None)
@given(LOADS, RATE, st.floats(1, 10))
def test_a_rise_never_wants_fewer_consumers(asked: list[float], rate: float, rise: float) -> None:
    assert wanted(grown(asked, rise), rate) >= wanted(asked, rate)


@given(st.integers(1, 100), st.integers(1, 100))
def test_enough_are_kept_and_fewer_than_now_only_where_half_would_do(replicas: int, enough: int) -> None:
    assert kept(replicas, enough) >= enough
    assert (kept(replicas, enough) < replicas) is (2 * enough <= replicas)


def test_a_partition_asks_for_its_arrivals_and_its_lag_within_the_target() -> None:
    rates = Rates(
        time=NOON, partitions=(PartitionHistory(0, 600, 0, NOON, 600, 5.0), PartitionHistory(1, 0, 0, NOON, 0))
    )
    assert loads(rates, seen([600, 0], end=[600, 0]), drain_target=60.0) == (15.0, 0.0)


def test_the_lag_of_a_stuck_partition_asks_for_nothing() -> None:
    rates = Rates(time=NOON, partitions=(PartitionHistory(0, 600, 0, NOON - 600, 600, 5.0),))
    assert loads(rates, seen([600], end=600), drain_target=60.0) == (5.0,)


@pytest.mark.parametrize(("replicas", "most"), [(1, 2), (2, 4), (3, 6), (6, 12)])
def test_at_most_twice_as_many_at_once(replicas: int, most: int) -> None:
    assert most_at_once(replicas) == most
