"""What a restarted operator knows, and that nothing written into the status can harm it."""

import json
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from unit.ingestor_operator.scaling.seen import NOON, believing, play, seen
from unit.ingestor_operator.scaling.test_properties import ANY_PACE, specs, tapes

from ingestor_operator.scaling import (
    Direction,
    Observation,
    Reason,
    ScalingSpec,
    ScalingState,
    decide,
    dump_memory,
    load_memory,
)
from ingestor_operator.scaling.rates import Rates
from ingestor_operator.scaling.trial import LONGEST_WAIT, Ceiling

SPEC = ScalingSpec(minimum=1, maximum=12)
CEILING = Ceiling(2, NOON + 1800.0, 3600.0, 1900.0, 2500.0)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)
POWERS = st.integers(-330, -290) | st.integers(-12, 12) | st.integers(290, 310)
MAGNITUDES = st.builds(lambda digits, power: float(f"{digits}e{power}"), st.integers(-1, 9), POWERS)
"""As often 1e-307 as 5."""
NUMBER = st.integers() | st.floats() | MAGNITUDES | st.none() | st.text()
NEARLY = st.fixed_dictionaries(
    {"version": st.just(1) | NUMBER},
    optional={
        "ratePerReplica": NUMBER,
        "learnedAt": NUMBER,
        "ceiling": st.fixed_dictionaries(
            {"replicas": NUMBER, "until": NUMBER, "wait": NUMBER, "throughput": NUMBER, "arrival": NUMBER}
        )
        | JSON,
    },
)


RATES = {"ratePerReplica": 5.0, "learnedAt": NOON - 60}
FAILED = {"until": NOON + 1800.0, "wait": 3600.0, "throughput": 1900.0, "arrival": 2500.0}


def restarted(state: ScalingState, now: float = NOON) -> ScalingState:
    """What is known after the operator has written its status, ended and begun again."""
    known = load_memory(json.loads(json.dumps(dump_memory(state))), now)
    assert known is not None
    return known


@settings(ANY_PACE, max_examples=300)
@given(raw=JSON | NEARLY, spec=specs(), looks=tapes())
def test_whatever_the_status_holds_decisions_are_taken(
    raw: object, spec: ScalingSpec, looks: list[Observation]
) -> None:
    state = load_memory(raw, NOON) or ScalingState()
    for look in looks:
        decision, state = decide(spec, look, state)
        limit = min(spec.maximum, len(look.partitions))
        assert min(spec.minimum, limit) <= decision.replicas <= limit
    assert load_memory(dump_memory(state), looks[-1].time) is not None


@settings(ANY_PACE, max_examples=300)
@given(changed=st.dictionaries(st.sampled_from([*RATES, *FAILED]), MAGNITUDES, min_size=1))
def test_a_group_that_waits_is_decided_on_whatever_number_the_status_holds(changed: dict[str, float]) -> None:
    rates, failed = ({name: changed.get(name, kept) for name, kept in part.items()} for part in (RATES, FAILED))
    state = load_memory({"version": 1, **rates, "ceiling": {"replicas": 2, **failed}}, NOON)
    assert state is not None
    for number in range(4):
        decision, state = decide(SPEC, seen([5000 + number] * 3, time=NOON + 10 * number), state)
        assert 1 <= decision.replicas <= 3
        assert len(decision.message) < 1000


@ANY_PACE
@given(specs(), tapes())
def test_a_memory_is_the_same_after_it_was_read_and_is_small(spec: ScalingSpec, looks: list[Observation]) -> None:
    state = ScalingState()
    for look in looks:
        _, state = decide(spec, look, state)
    memory = dump_memory(state)
    assert dump_memory(restarted(state, looks[-1].time)) == memory
    assert len(json.dumps(memory)) < 400


def test_a_group_that_waits_gets_the_same_number_with_and_without_a_restart() -> None:
    observation = seen([19_000] * 12, replicas=2)
    state = believing(observation, rate=1000.0, arrival=100.0, drain=2000.0)
    stayed, began = (decide(SPEC, observation, known)[0] for known in (state, restarted(state)))
    assert (stayed.direction, stayed.replicas) == (began.direction, began.replicas) == (Direction.UP, 4)


def test_a_load_that_only_arrives_gets_the_same_number_at_the_second_look() -> None:
    looks = [seen([100] * 12, time=NOON + 10 * n, replicas=2, end=10_000_000 + 2200 * n) for n in range(2)]
    state = believing(looks[0], rate=1000.0, arrival=2640.0)
    stayed, began = (play(SPEC, looks, known)[-1] for known in (state, restarted(state)))
    assert (stayed.direction, stayed.replicas) == (began.direction, began.replicas) == (Direction.UP, 3)


def test_a_scale_up_that_brought_nothing_is_not_tried_again_after_a_restart() -> None:
    observation = seen([20_000] * 12, replicas=2)
    state = replace(believing(observation, rate=1000.0, arrival=2400.0, drain=1900.0), ceiling=CEILING)
    for known in (state, restarted(state)):
        decision, _ = decide(SPEC, observation, known)
        assert (decision.direction, decision.reason) == (Direction.HOLD, Reason.NO_THROUGHPUT_GAINED)


def test_what_cannot_be_true_is_left_out() -> None:
    good = dump_memory(ScalingState(rates=Rates(per_replica=5.0, learned_at=NOON - 600), ceiling=CEILING))
    assert load_memory(good | {"ratePerReplica": -1.0}, NOON) == ScalingState(ceiling=CEILING)
    for wrong in ({"wait": 2 * LONGEST_WAIT}, {"wait": 1e300}, {"replicas": 0}, {"arrival": -1.0}):
        spoilt = good | {"ceiling": {**good["ceiling"], **wrong}}  # type: ignore[dict-item]
        known = load_memory(spoilt, NOON)
        assert known is not None
        assert (known.rates.per_replica, known.ceiling) == (5.0, None)


def test_a_time_to_come_counts_as_now() -> None:
    known = load_memory({"version": 1, "ratePerReplica": 5.0, "learnedAt": NOON * 2}, NOON)
    assert known is not None
    assert known.rates.learned_at == NOON


def test_a_scale_up_that_failed_by_a_clock_that_was_ahead_is_tried_again_after_its_wait() -> None:
    good = dump_memory(ScalingState(ceiling=replace(CEILING, until=NOON * 2)))
    known = load_memory(good, NOON)
    assert known is not None
    assert known.ceiling == replace(CEILING, until=NOON + CEILING.wait)


def test_another_form_is_none() -> None:
    assert load_memory({"version": 2, "ratePerReplica": 5.0}, NOON) is None
    assert load_memory(None, NOON) is None


def test_confirming_a_rate_does_not_write_the_status_at_each_look() -> None:
    state = ScalingState(rates=Rates(per_replica=5.0, learned_at=NOON))
    later = replace(state, rates=replace(state.rates, learned_at=NOON + 10))
    assert dump_memory(later) == dump_memory(state)
