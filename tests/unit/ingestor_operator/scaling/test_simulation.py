"""What the scaling promises, kept for hours by a simulated group that starts, rebalances and commits in its own time.

Each scenario is played once for this module, second by second.
"""

from dataclasses import replace
from functools import cache
from itertools import pairwise

import pytest
from bench.scaling.comparison import TARGET, Tuning, contenders, play, score
from bench.scaling.draws import remember_day
from bench.scaling.group import Conditions
from bench.scaling.scenarios import PARTITIONS, SCENARIOS, Scenario
from bench.scaling.simulation import Ours, Trace, simulate
from bench.scaling.workload import Workload

from ingestor_operator.scaling import Decision, Reason, ScalingSpec

SPEC = ScalingSpec(minimum=1, maximum=40, drain_target=TARGET)
"""A maximum beyond the partition count, so that only the decision itself can stay below it."""

NAMES = [scenario.name for scenario in SCENARIOS if scenario.name != "school-day"] + ["school-morning"]

ALLOWED = TARGET + SPEC.interval
"""Seconds a record may wait where capacity allows: the target, and one interval to notice. The start of a pod and the
rebalance that gives it its partitions are in it."""


def scenario(name: str) -> Scenario:
    """The scenario of that name; "school-morning" is 07:00 to 12:00 of the school day."""
    if name != "school-morning":
        return next(scenario for scenario in SCENARIOS if scenario.name == name)
    day = scenario("school-day")
    return replace(day, workload=lambda: Workload(day.workload().arrivals[7 * 3600 : 12 * 3600], 7.0))


@cache
def played(name: str) -> tuple[Trace, list[Decision]]:
    """The trace of a scenario under our decisions, and those decisions."""
    scene = scenario(name)
    ours = Ours(SPEC)
    return simulate(scene.workload(), scene.conditions, ours, scene.replicas, scene.seed), ours.decisions


@cache
def the_morning_after() -> Trace:
    """The school morning met by an operator that was restarted since, and remembers the one before."""
    scene = scenario("school-morning")
    first = Ours(SPEC)
    play(scene, scene.workload(), first)
    return play(scene, scene.workload(), Ours(SPEC, remember_day(first.state)))


@pytest.mark.parametrize("name", NAMES)
def test_never_more_consumers_than_partitions(name: str) -> None:
    trace, decisions = played(name)
    assert max(trace.replicas) <= PARTITIONS
    assert max(decision.replicas for decision in decisions) <= PARTITIONS


@pytest.mark.parametrize("name", NAMES)
def test_no_change_during_a_rebalance(name: str) -> None:
    trace, _ = played(name)
    assert [change for change in trace.changes if change.rebalancing] == []


@pytest.mark.parametrize(
    "name", ["morning-peak", "bell-bursts", "slow-consumers", "slow-pod", "steady", "school-morning"]
)
def test_lag_is_drained_within_the_target_where_capacity_allows(name: str) -> None:
    trace, _ = played(name)
    assert max(trace.age) <= ALLOWED


def test_at_most_two_changes_an_hour_in_a_steady_state() -> None:
    trace, _ = played("steady")
    times = [change.time for change in trace.changes]
    assert all(sum(start <= time < start + 3600 for time in times) <= 2 for start in times)


def test_a_stuck_partition_takes_no_consumers_and_is_drained_as_fast_as_one_can() -> None:
    """1,000/s minus what goes on arriving in it is the most that anything could do for its backlog."""
    trace, decisions = played("stuck-partition")
    stuck = [d for d in decisions if d.inputs.stuck_partitions]
    assert {d.inputs.stuck_partitions for d in stuck} == {(5,)}
    assert max(d.replicas for d in stuck) <= 3
    conditions = scenario("stuck-partition").conditions
    assert conditions.stuck is not None
    arrivals = scenario("stuck-partition").workload().arrivals[:, 5]
    backlog = arrivals[conditions.stuck[1] : conditions.stuck[2]].sum()
    fastest = backlog / (conditions.rate - arrivals[conditions.stuck[2] :].mean())
    assert trace.seconds_over(TARGET) <= fastest + ALLOWED


def test_consumers_that_gain_nothing_are_taken_back_and_tried_again_at_most_once_an_hour() -> None:
    trace, decisions = played("no-gain")
    reverts = [d for d in decisions if d.reason is Reason.NO_THROUGHPUT_GAINED and d.changes]
    assert reverts
    times = [revert.time.timestamp() for revert in reverts]
    assert all(later - earlier >= 3600 for earlier, later in pairwise(times))
    after_first = trace.replicas[int(times[0]) + 1 :]
    assert sum(replicas > reverts[0].replicas for replicas in after_first) < 0.05 * len(after_first)


def test_an_overfull_partition_is_given_room_as_long_as_that_brings_throughput() -> None:
    """What one session sends beyond one consumer's rate waits, even with a consumer for each partition.

    From six to twelve consumers its partition would gain a tenth; that is given up, for a third of the consumers.
    """
    trace, _ = played("skewed-key")
    most = simulate(
        scenario("skewed-key").workload(), Conditions(), Tuning(10, even=False).scaler(), PARTITIONS, seed=7
    )
    assert trace.seconds_over(TARGET) <= 1.2 * most.seconds_over(TARGET)
    assert trace.replica_hours < 0.4 * most.replica_hours


@pytest.mark.parametrize("rival", ["hpa", "hpa_cpu"])
def test_a_school_morning_after_the_first_is_drained_sooner_with_fewer_changes(rival: str) -> None:
    """The whole day, and others, are played by `make simulate-scaling`; its results are held by test_results.py."""
    scene = scenario("school-morning")
    ours = score(the_morning_after())
    theirs = score(play(scene, scene.workload(), contenders(Tuning(500, even=True))[rival][1]()))
    assert ours.seconds_over_target <= theirs.seconds_over_target
    assert ours.oldest_seconds < theirs.oldest_seconds
    assert ours.late_seconds <= theirs.late_seconds
    assert ours.changes < theirs.changes
