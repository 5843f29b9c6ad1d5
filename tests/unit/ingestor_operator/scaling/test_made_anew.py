"""A Deployment that is made in the place of another one, and one that only looks like it."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.ingestor_operator.scaling.seen import NOON, seen
from unit.ingestor_operator.scaling.test_properties import ANY_PACE

from ingestor_operator.scaling import Observation, Reason, ScalingSpec, ScalingState, decide, dump_memory, load_memory

MOVES = st.tuples(
    st.integers(1, 6).map(lambda minimum: ScalingSpec(minimum=minimum, maximum=8)),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
"""The spec of a look, whether the operator may write then, whether it is refused, whether it is another process."""


def look(uid: str, replicas: int, *, number: int = 0, written: bool = False, enforces: bool = True) -> Observation:
    observation = seen([], time=NOON + 10 * number, replicas=replicas)
    return replace(observation, deployment_uid=uid, is_as_made=enforces and not written)


def after_restart(state: ScalingState, number: int) -> ScalingState:
    return load_memory(json.loads(json.dumps(dump_memory(state))), NOON + 10 * number) or ScalingState()


@ANY_PACE
@given(st.lists(MOVES, min_size=1, max_size=8))
def test_a_deployment_that_stays_is_never_one_made_anew(looks: list[tuple[ScalingSpec, bool, bool, bool]]) -> None:
    state, replicas, written = ScalingState(), 1, False
    for number, (spec, enforces, refused, restarts) in enumerate(looks):
        state = after_restart(state, number) if restarts else state
        observation = look("first", replicas, number=number, written=written, enforces=enforces)
        decision, state = decide(spec, observation, state)
        assert decision.reason is not Reason.DECIDED_BEFORE
        assert decision.replicas == max(replicas, spec.minimum)
        if decision.changes and enforces and not refused:
            replicas, written = decision.replicas, True


@pytest.mark.parametrize("restarts", [False, True])
def test_one_made_anew_gets_the_number_of_the_one_before_as_often_as_it_is_refused(restarts: bool) -> None:
    spec = ScalingSpec(minimum=1, maximum=8)
    _, state = decide(spec, look("first", 4), ScalingState())
    for number in range(1, 4):
        state = after_restart(state, number) if restarts else state
        decision, state = decide(spec, look("second", 1, number=number), state)
        assert (decision.reason, decision.replicas) == (Reason.DECIDED_BEFORE, 4)
    _, state = decide(spec, look("second", 4, number=4, written=True), state)
    fewer, state = decide(spec, look("second", 2, number=5, written=True), state)
    again, _ = decide(spec, look("second", 1, number=6), state)
    assert {fewer.reason, again.reason} == {Reason.LAG_UNKNOWN}


def test_the_number_of_one_that_was_only_watched_is_its_own() -> None:
    spec = ScalingSpec(minimum=3, maximum=8)
    planned, state = decide(spec, look("first", 1, enforces=False), ScalingState())
    assert planned.replicas == 3
    decision, _ = decide(ScalingSpec(minimum=1, maximum=8), look("first", 1, number=1), state)
    assert not decision.changes


def test_a_status_that_names_no_deployment_makes_none_anew() -> None:
    state = load_memory({"version": 1, "ratePerReplica": 5.0, "learnedAt": NOON}, NOON)
    assert state is not None
    decision, state = decide(ScalingSpec(maximum=8), look("first", 1), state)
    assert not decision.changes
    assert state.deployed is not None


@pytest.mark.parametrize("replicas", [-1, 2**31])
def test_a_number_that_no_deployment_has_is_not_believed(replicas: int) -> None:
    state = load_memory({"version": 1, "deployed": {"uid": "first", "replicas": replicas}}, NOON)
    assert state == ScalingState()
