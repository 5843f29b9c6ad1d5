"""A scale-up is judged fairly: by the partitions that were behind, once its consumers have settled."""

from dataclasses import replace

import pytest
from unit.ingestor_operator.scaling.seen import NOON, seen

from ingestor_operator.scaling.rates import PartitionHistory, Rates
from ingestor_operator.scaling.trial import (
    FIRST_WAIT,
    GLANCE,
    LONGEST_WAIT,
    WATCH,
    Ceiling,
    Outcome,
    Trial,
    begin,
    lagging_partitions,
    outcome,
    remember_failure,
    watch,
    went_back,
)

TRIAL = Trial(NOON - 60, before=2, after=4, partitions=(0,), drained=100.0, arrival=500.0)


def rates(position: int, *, time: float = NOON, arrival: float = 500.0, lag: int = 1_000_000) -> Rates:
    hot = PartitionHistory(0, position + lag, position, time, position + lag, arrival, 100.0)
    idle = PartitionHistory(1, 77, 77, time, 77, 0.0, 0.0)
    return Rates(time=time, partitions=(hot, idle), per_replica=1000.0)


@pytest.mark.parametrize(
    ("after", "needed"), [(3, 112.5), (4, 120), (12, 120)], ids=["half as many more", "twice as many", "six times"]
)
def test_what_a_scale_up_must_bring(after: int, needed: float) -> None:
    assert replace(TRIAL, after=after).needed() == pytest.approx(needed)


@pytest.mark.parametrize(
    ("seconds", "drained", "behind", "arrival", "expected"),
    [
        (GLANCE - 1, 1_000, True, 500, Outcome.OPEN),
        (GLANCE, 130, True, 500, Outcome.HELPED),
        (GLANCE, 110, True, 500, Outcome.OPEN),
        (WATCH, 110, True, 500, Outcome.FAILED),
        (WATCH, 130, True, 500, Outcome.HELPED),
        (WATCH, 110, False, 500, Outcome.HELPED),
        (GLANCE - 1, 0, True, 700, Outcome.HELPED),
        (0, 0, True, 700, Outcome.OPEN),
    ],
    ids=[
        "too early to tell",
        "more throughput",
        "not yet enough",
        "not enough",
        "enough in the end",
        "caught up",
        "the load has grown: no finding",
        "the load has grown, but what the new consumers drain was not seen yet",
    ],
)
def test_outcome(seconds: float, drained: float, behind: bool, arrival: float, expected: Outcome) -> None:
    settled = watch(TRIAL, rates(1000))
    later = rates(1000 + round(drained * seconds), time=NOON + seconds, arrival=arrival)
    assert outcome(settled, later, behind) is expected


def test_nothing_is_measured_before_the_consumers_have_settled() -> None:
    assert outcome(TRIAL, rates(10**9, time=NOON + 600), behind=True) is Outcome.OPEN


def test_only_partitions_that_were_behind_are_measured() -> None:
    known = rates(1000)
    assert lagging_partitions(known, 60.0) == (0,)
    trial = begin(seen([0, 0], replicas=2), 4, known, 60.0)
    assert trial is not None
    assert (trial.partitions, trial.drained) == ((0,), 100.0)


def test_without_any_throughput_there_is_nothing_to_measure_against() -> None:
    still = replace(rates(1000), partitions=(PartitionHistory(0, 500, 0, NOON, 500),))
    assert begin(seen([500], replicas=1), 2, still, 60.0) is None


def test_offsets_that_went_back_end_the_watch() -> None:
    assert went_back(watch(TRIAL, rates(1000)), rates(10))
    assert not went_back(watch(TRIAL, rates(1000)), rates(1000))


@pytest.mark.parametrize(
    ("previous", "wait"),
    [
        (None, FIRST_WAIT),
        (Ceiling(2, NOON - 60, FIRST_WAIT, 100, 500), 2 * FIRST_WAIT),
        (Ceiling(2, NOON - 60, LONGEST_WAIT, 100, 500), LONGEST_WAIT),
        (Ceiling(2, NOON - 3 * FIRST_WAIT, FIRST_WAIT, 100, 500), FIRST_WAIT),
    ],
    ids=["first", "again", "again and again", "long ago"],
)
def test_a_failure_is_remembered_longer_each_time(previous: Ceiling | None, wait: float) -> None:
    ceiling = remember_failure(TRIAL, rates(1000), previous)
    assert (ceiling.replicas, ceiling.wait, ceiling.until) == (2, wait, NOON + wait)
    assert ceiling.holds(rates(1000))
