"""The scaling decision: how many consumers there should be, why, and from which numbers."""

from dataclasses import replace
from datetime import UTC, datetime

from ingestor_common.counted_nouns import counted_noun
from ingestor_operator.scaling.gates import gate
from ingestor_operator.scaling.observation import Observation
from ingestor_operator.scaling.reasons import Direction, Reason
from ingestor_operator.scaling.spec import ScalingSpec
from ingestor_operator.scaling.state import ScalingState
from ingestor_operator.scaling.trial import Ceiling, Outcome, Trial, begin, outcome, remember_failure, watch
from ingestor_operator.scaling.verdict import Decision, Verdict, hold, record
from ingestor_operator.scaling.weighing import behind, not_ready, stuck, weigh


def decide(spec: ScalingSpec, observation: Observation, state: ScalingState) -> tuple[Decision, ScalingState]:
    """The decision for this observation and the state to hand to the next call.

    Pure: the same arguments give the same result. If the write fails, call again with the new state; the
    decision is taken anew from what is then observed.
    """
    state = state.after(spec, observation)
    verdict = gate(spec, observation, state.before(observation))
    # A number that is refused is asked for again.
    if verdict is None or verdict.reason is not Reason.DECIDED_BEFORE:
        state = state.knowing_deployment(observation)
    if verdict is None:
        verdict, state = _judge(spec, observation, state)
    else:
        state = state.recommend(spec, observation.replicas)
    return record(spec, observation, state.rates, verdict), state


def _judge(spec: ScalingSpec, observation: Observation, state: ScalingState) -> tuple[Verdict, ScalingState]:
    """A group that halted first, then a scale-up under watch, then one to be taken back, then the load."""
    if state.rates.halted:
        watched_anew = None if state.trial is None else replace(state.trial, settled_at=None)
        return stuck(state.rates), replace(state, trial=watched_anew).recommend(spec, observation.replicas)
    if state.trial is not None:
        waiting, state = _judge_trial(state.trial, spec, observation, state)
        if waiting is not None:
            return waiting, state.recommend(spec, observation.replicas)
    ceiling = state.ceiling if state.ceiling is not None and state.ceiling.holds(state.rates) else None
    if ceiling is not None:
        back = spec.bounded(ceiling.replicas, len(observation.partitions))
        if back < observation.replicas:
            return _revert(ceiling, back), state
    verdict, state = weigh(spec, observation, state, ceiling)
    if verdict.direction is Direction.UP and verdict.replicas is not None:
        state = replace(state, trial=begin(observation, verdict.replicas, state.rates, spec.drain_target))
    return verdict, state


def _judge_trial(
    trial: Trial, spec: ScalingSpec, observation: Observation, state: ScalingState
) -> tuple[Verdict | None, ScalingState]:
    if observation.ready < observation.replicas:
        return not_ready(observation), state
    trial = watch(trial, state.rates)
    result = outcome(trial, state.rates, behind(spec, observation, state.rates))
    if result is Outcome.OPEN:
        message = (
            f"Watching whether {trial.after} consumers drain more than {trial.before} did: from the partitions that "
            f"were behind {trial.drained:,.0f} records/s then, at least {trial.needed():,.0f} are expected."
        )
        return hold(Reason.WATCHING_SCALE_UP, message), replace(state, trial=trial)
    state = replace(state, trial=None)
    if result is Outcome.FAILED:
        state = replace(state, ceiling=remember_failure(trial, state.rates, state.ceiling))
    return None, state


def _revert(ceiling: Ceiling, back: int) -> Verdict:
    until = datetime.fromtimestamp(ceiling.until, UTC)
    message = (
        f"More than {counted_noun(ceiling.replicas, 'consumer')} brought no throughput (the group stayed at "
        f"{ceiling.throughput:,.0f} records/s), so something else limits them: back to {back}, and not tried "
        f"again before {until:%H:%M} UTC unless the load changes."
    )
    return Verdict(Direction.REVERT, Reason.NO_THROUGHPUT_GAINED, message, back)
