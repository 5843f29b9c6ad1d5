"""A clock that is set (NTP after a boot, a VM that goes on) is no time in which nothing arrived."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.ingestor_operator.scaling.seen import NOON, members
from unit.ingestor_operator.scaling.test_properties import ANY_PACE

from ingestor_operator.scaling import (
    Decision,
    Direction,
    GroupState,
    Observation,
    PartitionOffsets,
    Reason,
    ScalingSpec,
    ScalingState,
    decide,
)

SPEC = ScalingSpec(minimum=1, maximum=4)
RISE = 200
"""When more arrives than one consumer drains, in seconds."""
BEFORE, ARRIVE = 600.0, 1900.0
DRAINS = 1000.0
"""Records a second: what arrives in all, and what one consumer drains."""
STEPS = st.floats(1.0, 1e6) | st.floats(-1e6, -1.0)


def played(set_at: int, by: float) -> Iterator[tuple[int, Decision, ScalingState]]:
    """Looks at four partitions, each 10 s; the clock is set by `by` seconds before the look at `set_at`."""
    state, replicas = ScalingState(), 1
    end, position = 0.0, 0.0
    for now in range(0, 450, 10):
        for _ in range(10):
            end += (BEFORE if now < RISE else ARRIVE) / 4
            position = min(end, position + DRAINS * replicas / 4)
        look = Observation(
            time=NOON + now + (by if now >= set_at else 0.0),
            uptime=5000.0 + now,
            replicas=replicas,
            ready=replicas,
            group_state=GroupState.STABLE,
            partitions=tuple(PartitionOffsets(p, 0, int(end), int(position)) for p in range(4)),
            members=members(replicas, 4),
        )
        decision, state = decide(SPEC, look, state)
        yield now, decision, state
        replicas = decision.replicas


@settings(ANY_PACE, max_examples=100)
@given(set_at=st.integers(1, 44).map(lambda look: 10 * look), by=STEPS)
def test_no_consumer_is_taken_away_and_what_arrives_is_what_arrived(set_at: int, by: float) -> None:
    for now, decision, state in played(set_at, by):
        assert decision.direction in (Direction.UP, Direction.HOLD)
        assert decision.reason is not Reason.NO_THROUGHPUT_GAINED
        if now > set_at:
            assert 0.99 * BEFORE < state.rates.arrival < 1.01 * ARRIVE
            assert state.rates.arrival > 0.99 * ARRIVE or now < RISE + 70
    assert decision.replicas > 1


def test_a_scale_up_that_helps_is_watched_again_and_believed() -> None:
    began, *_ = [now for now, decision, _ in played(10_000, 0.0) if decision.direction is Direction.UP]
    for later in (10, 20, 30, 40):
        told = [decision.reason for _, decision, _ in played(began + later, 120.0)]
        assert Reason.NO_THROUGHPUT_GAINED not in told


@pytest.mark.parametrize("by", [0.0, 0.4, -0.4])
def test_a_clock_that_is_slewed_is_not_set(by: float) -> None:
    steady, slewed = ([state for _, _, state in played(300, step)][31] for step in (0.0, by))
    assert len(slewed.window) == len(steady.window)
    assert slewed.rates.arrival == pytest.approx(steady.rates.arrival, rel=0.03)


def test_a_clock_that_is_set_while_kafka_is_away_counts_too() -> None:
    *_, (_, _, state) = played(10_000, 0.0)
    away = Observation(time=NOON + 450 + 3600, replicas=2, ready=2)
    _, state = decide(SPEC, away, state)
    known = state.after(SPEC, replace(away, time=NOON + 460 + 3600, uptime=5460.0))
    assert (known.rates.partitions, known.rates.per_replica) == ((), state.rates.per_replica)
