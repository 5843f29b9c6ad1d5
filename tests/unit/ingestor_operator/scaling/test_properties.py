"""What holds for every group, whatever happens to it."""

from hypothesis import given, settings
from hypothesis import strategies as st
from unit.ingestor_operator.scaling.seen import NOON, believing, members, seen

from ingestor_operator.scaling import (
    UNCOMMITTED,
    Direction,
    GroupState,
    Observation,
    PartitionOffsets,
    ScalingSpec,
    ScalingState,
    decide,
)

ANY_PACE = settings(deadline=None)
"""A busy machine makes an example slow now and then; that says nothing about the decision."""

OFFSET = st.none() | st.just(UNCOMMITTED) | st.integers(0, 10_000_000)


@st.composite
def specs(draw: st.DrawFn) -> ScalingSpec:
    minimum = draw(st.integers(1, 6))
    return ScalingSpec(
        minimum=minimum,
        maximum=draw(st.integers(minimum, 16)),
        enabled=draw(st.booleans()),
        drain_target=draw(st.floats(1, 600)),
        scale_down_stabilization=draw(st.floats(1, 600)),
        interval=draw(st.floats(1, 60)),
    )


@st.composite
def observations(draw: st.DrawFn, time: float = NOON) -> Observation:
    """Anything at all: contradictory offsets, foreign members, more pods than asked for."""
    replicas = draw(st.integers(0, 14))
    count = draw(st.sampled_from([0, 1, 3, 12]))
    joined = draw(st.just(replicas) | st.integers(0, 14))
    return Observation(
        time=time,
        replicas=replicas,
        ready=draw(st.just(joined) | st.integers(0, 14)),
        group_state=draw(st.just(GroupState.STABLE) | st.sampled_from(GroupState)),
        partitions=tuple(
            PartitionOffsets(p, draw(st.just(0) | OFFSET), draw(OFFSET), draw(OFFSET)) for p in range(count)
        ),
        members=members(joined, count),
        topic_id=draw(st.sampled_from([None, "first", "second"])),
    )


@st.composite
def tapes(draw: st.DrawFn) -> list[Observation]:
    """Observations of one group, mostly stable, with offsets that go on, go back, or cannot be read."""
    partitions = draw(st.sampled_from([1, 3, 12]))
    ends, committed, time = [0] * partitions, [0] * partitions, NOON
    looks = []
    for _ in range(draw(st.integers(1, 12))):
        time += draw(st.floats(0, 200))
        replicas = draw(st.integers(0, 14))
        ends = [max(0, end + draw(st.integers(-50, 50_000))) for end in ends]
        committed = [
            min(end, max(0, at + draw(st.integers(-50, 50_000)))) for at, end in zip(committed, ends, strict=True)
        ]
        lags = [end - at for end, at in zip(ends, committed, strict=True)]
        state = draw(st.sampled_from([GroupState.STABLE, GroupState.STABLE, GroupState.PREPARING_REBALANCE]))
        looks.append(seen(lags, time=time, replicas=replicas, end=ends, state=state))
    return looks


@ANY_PACE
@given(specs(), observations())
def test_the_answer_is_within_the_bounds_and_the_partition_count(spec: ScalingSpec, observation: Observation) -> None:
    decision, _ = decide(spec, observation, ScalingState())
    limit = min(spec.maximum, len(observation.partitions) or spec.maximum)
    assert min(spec.minimum, limit) <= decision.replicas <= limit


@ANY_PACE
@given(specs(), tapes())
def test_whatever_came_before_the_answer_is_within_the_bounds(spec: ScalingSpec, looks: list[Observation]) -> None:
    state = ScalingState()
    for look in looks:
        decision, state = decide(spec, look, state)
        limit = min(spec.maximum, len(look.partitions))
        assert min(spec.minimum, limit) <= decision.replicas <= limit


@ANY_PACE
@given(specs(), tapes())
def test_a_decision_depends_on_its_arguments_alone(spec: ScalingSpec, looks: list[Observation]) -> None:
    state = ScalingState()
    for look in looks:
        first = decide(spec, look, state)
        assert decide(spec, look, state) == first
        state = first[1]


@ANY_PACE
@given(specs(), tapes())
def test_asked_again_with_the_same_observation_the_number_stays(spec: ScalingSpec, looks: list[Observation]) -> None:
    state = ScalingState()
    for look in looks:
        decision, state = decide(spec, look, state)
    again, _ = decide(spec, looks[-1], state)
    assert again.replicas == decision.replicas


@ANY_PACE
@given(specs(), tapes())
def test_the_load_never_takes_consumers_away_in_a_rebalance(spec: ScalingSpec, looks: list[Observation]) -> None:
    state = ScalingState()
    for look in looks:
        decision, state = decide(spec, look, state)
        allowed = spec.bounded(look.replicas, len(look.partitions))
        if look.group_state is not GroupState.STABLE:
            assert decision.replicas == allowed
            assert decision.direction is not Direction.REVERT


@settings(ANY_PACE, max_examples=200)
@given(
    lags=st.lists(st.integers(0, 1_000_000), min_size=1, max_size=24),
    replicas=st.integers(1, 24),
    rate=st.floats(1, 10_000),
    arrival=st.floats(0, 100_000),
    more=st.integers(1, 1_000_000),
    data=st.data(),
)
def test_more_lag_never_gives_fewer_consumers(
    lags: list[int], replicas: int, rate: float, arrival: float, more: int, data: st.DataObject
) -> None:
    """Of two groups for which the same was learned, the one with more waiting gets at least as many."""
    spec = ScalingSpec(minimum=1, maximum=24)
    replicas = min(replicas, len(lags))
    partition = data.draw(st.integers(0, len(lags) - 1))
    fuller = [lag + more if p == partition else lag for p, lag in enumerate(lags)]
    answers = []
    for waiting in (lags, fuller):
        observation = seen(waiting, replicas=replicas, end=waiting)
        state = believing(observation, rate=rate, arrival=arrival, ago=0.0, held=((NOON - 250, 1),))
        answers.append(decide(spec, observation, state)[0].replicas)
    assert answers[0] <= answers[1]
