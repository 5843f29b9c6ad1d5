"""What the load asks for, held against the present number of consumers."""

from dataclasses import dataclass

from ingestor_common.counted_nouns import counted_noun
from ingestor_operator.scaling.demand import (
    LEAD,
    grown,
    kept,
    loads,
    most_at_once,
    needed,
    wanted,
)
from ingestor_operator.scaling.observation import Observation
from ingestor_operator.scaling.rates import Rates
from ingestor_operator.scaling.reasons import Direction, Reason
from ingestor_operator.scaling.spec import ScalingSpec
from ingestor_operator.scaling.state import ScalingState
from ingestor_operator.scaling.steps import fewest_alike, share, step_at_least, step_below
from ingestor_operator.scaling.trial import CAUGHT_UP, Ceiling
from ingestor_operator.scaling.verdict import Verdict, hold
from ingestor_operator.scaling.window import highest

STALE_AFTER = 48 * 3600.0
"""Seconds after which a rate that no busy consumer has confirmed no longer keeps consumers running: it may have
been learned while the database was slow, and consumers that are never busy would never correct it. The bells of a
whole day have rung by then, wherever in the day before it was confirmed."""


@dataclass(frozen=True, slots=True)
class Asked:
    """How many consumers the load needs now, by the time new ones work, and how many to keep.

    `worth` is the number to tell: that needed now, or what the load is worth where partitions do not suffice.
    """

    now: int
    soon: int
    worth: int
    keep: int
    why: str
    reason: Reason = Reason.CAPACITY_MATCHES


def behind(spec: ScalingSpec, observation: Observation, rates: Rates) -> bool:
    """Whether more waits (stuck partitions aside) than the group works off in a part of its drain target."""
    stuck = set(rates.stuck)
    waiting = sum(p.lag or 0 for p in observation.partitions if p.partition not in stuck)
    return waiting > rates.throughput * spec.drain_target * CAUGHT_UP


def not_ready(observation: Observation) -> Verdict:
    """Hold until the consumers that were asked for are there."""
    message = f"{observation.ready} of {observation.replicas} consumers are ready; held until the others are."
    return hold(Reason.REPLICAS_NOT_READY, message)


def weigh(
    spec: ScalingSpec, observation: Observation, state: ScalingState, ceiling: Ceiling | None
) -> tuple[Verdict, ScalingState]:
    """The verdict for a stable group with a known lag that makes progress; `ceiling` limits a scale-up."""
    asked = _asked(spec, observation, state.rates)
    allowed = most_at_once(observation.replicas) if ceiling is None else ceiling.replicas
    target = _fitting(spec, observation, min(asked.soon, allowed))
    keep = _fitting(spec, observation, max(asked.keep, observation.replicas if state.rates.stuck else 1))
    state = state.recommend(spec, keep)
    if _matters(observation, target) and target > observation.replicas:
        return _up(spec, observation, asked, target), state
    if _matters(observation, keep) and keep < observation.replicas:
        return _down(spec, observation, state, asked), state
    return _stay(spec, observation, state.rates, asked, ceiling), state


def _asked(spec: ScalingSpec, observation: Observation, rates: Rates) -> Asked:
    current, partitions = observation.replicas, len(observation.partitions)
    is_behind = behind(spec, observation, rates)
    if rates.per_replica is None:
        return _asked_without_rate(spec, observation, rates, is_behind)
    asked = loads(rates, observation, spec.drain_target)
    now = wanted(asked, rates.per_replica)
    worth = max(now, needed(asked, rates.per_replica)) if now == partitions else now
    soon = wanted(grown(asked, rates.ahead(LEAD)), rates.per_replica)
    why = (
        f"{_waiting(observation)} and {rates.arrival:,.0f}/s arrive; one consumer drains "
        f"{rates.per_replica:,.0f}/s, so draining within {spec.drain_target:.0f} s takes {worth}"
    )
    if rates.time - rates.learned_at > STALE_AFTER and not is_behind:
        return Asked(now, soon, worth, step_below(current, partitions), f"{why} (a rate not confirmed for two days)")
    return Asked(now, soon, worth, max(soon, current) if is_behind else kept(current, soon), why)


def _asked_without_rate(spec: ScalingSpec, observation: Observation, rates: Rates, is_behind: bool) -> Asked:
    """Two observations of busy consumers teach the rate, so there is no hurry to guess.

    Where it stays unknown (assignments cannot be read, commits are minutes apart), the group doubles while it is
    overdue. A group that has never been behind goes down step by step until it shows what it can do.
    """
    current, partitions = observation.replicas, len(observation.partitions)
    why = f"{_waiting(observation)}; what one consumer drains is not known yet"
    if not is_behind:
        return Asked(current, current, current, step_below(current, partitions), why)
    overdue = 0 < rates.throughput * spec.drain_target < (observation.lag or 0)
    up = step_at_least(most_at_once(current), partitions) if overdue else current
    return Asked(up, up, up, current, why, Reason.RATE_UNKNOWN)


def _waiting(observation: Observation) -> str:
    return counted_noun(observation.lag or 0, "record waits", "records wait")


def _fitting(spec: ScalingSpec, observation: Observation, replicas: int) -> int:
    """`replicas` within the bounds, and no more than the fewest that share the partitions as well."""
    partitions = len(observation.partitions)
    return spec.bounded(fewest_alike(spec.bounded(replicas, partitions), partitions), partitions)


def _limited(spec: ScalingSpec, observation: Observation, asked: Asked) -> bool:
    return spec.bounded(asked.worth, len(observation.partitions)) < asked.worth


def _matters(observation: Observation, replicas: int) -> bool:
    partitions = len(observation.partitions)
    return share(partitions, replicas) != share(partitions, observation.replicas)


def _up(spec: ScalingSpec, observation: Observation, asked: Asked, target: int) -> Verdict:
    if observation.ready < observation.replicas:
        return not_ready(observation)
    reason = Reason.CAPACITY_SHORT if asked.reason is Reason.CAPACITY_MATCHES else asked.reason
    rising = f" now, and as fast as arrivals rise {asked.soon} in {LEAD:.0f} s" if asked.soon > asked.now else ""
    message = f"{asked.why}{rising}: from {observation.replicas} to {counted_noun(target, 'consumer')}."
    return Verdict(Direction.UP, reason, message, target, asked.worth, _limited(spec, observation, asked))


def _down(spec: ScalingSpec, observation: Observation, state: ScalingState, asked: Asked) -> Verdict:
    since, held = highest(state.window)
    target = _fitting(spec, observation, held)
    if target >= observation.replicas or not _matters(observation, target):
        wait = spec.scale_down_stabilization - (observation.time - since)
        message = f"{asked.why}; fewer consumers would do, held for {wait:.0f} s more in case the load returns."
        return hold(Reason.STABILIZING, message, asked.worth)
    enough = f"no more than {held} were needed for {spec.scale_down_stabilization:.0f} s"
    message = f"{asked.why}; {enough}: from {observation.replicas} to {counted_noun(target, 'consumer')}."
    return Verdict(Direction.DOWN, Reason.CAPACITY_UNUSED, message, target, asked.worth)


def _stay(spec: ScalingSpec, observation: Observation, rates: Rates, asked: Asked, ceiling: Ceiling | None) -> Verdict:
    current = observation.replicas
    if observation.ready < current:
        return not_ready(observation)
    if asked.now > current and ceiling is not None and ceiling.replicas <= current:
        message = f"{asked.why}, but more than {ceiling.replicas} brought no throughput when last tried."
        return hold(Reason.NO_THROUGHPUT_GAINED, message, asked.worth)
    if asked.worth > current and _fitting(spec, observation, asked.worth) <= current:
        partitions = len(observation.partitions)
        limit = (
            f"the topic has {counted_noun(partitions, 'partition')}"
            if spec.maximum >= partitions
            else f"max is {spec.maximum}"
        )
        return hold(Reason.AT_LIMIT, f"{asked.why}, but {limit}.", asked.worth, limited=True)
    if rates.stuck:
        return stuck(rates)
    if asked.reason is Reason.RATE_UNKNOWN:
        return hold(asked.reason, f"{asked.why}; held until it is.")
    message = (
        f"{asked.why}: {counted_noun(current, 'consumer fits', 'consumers fit')}.{_overfull(spec, observation, rates)}"
    )
    return hold(Reason.CAPACITY_MATCHES, message, asked.worth)


def _overfull(spec: ScalingSpec, observation: Observation, rates: Rates) -> str:
    if rates.per_replica is None:
        return ""
    asked = zip(observation.partitions, loads(rates, observation, spec.drain_target), strict=True)
    over = [str(offsets.partition) for offsets, load in asked if load > rates.per_replica]
    if not over:
        return ""
    return f" Partition {', '.join(over)} alone asks for more than one consumer drains; more of them do not help it."


def stuck(rates: Rates) -> Verdict:
    """Hold because records wait in partitions that make no progress, which more consumers do not change."""
    numbers = ", ".join(map(str, rates.stuck)) or "any"
    message = f"No progress in partition {numbers} although records wait there; another number would not help."
    return hold(Reason.PARTITIONS_STUCK, message)
