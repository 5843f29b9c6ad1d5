"""When the load is not asked: a person has decided, too little is known, or the group is in motion."""

from ingestor_common.counted_nouns import counted_noun
from ingestor_operator.scaling.observation import GroupState, LagState, Observation
from ingestor_operator.scaling.reasons import Direction, Reason
from ingestor_operator.scaling.spec import ScalingSpec
from ingestor_operator.scaling.verdict import Verdict, hold


def gate(spec: ScalingSpec, observation: Observation, before: int | None = None) -> Verdict | None:
    """The first answer that keeps the load from deciding; None where it may decide.

    `before` is the number that the Deployment had which this one was made in the place of.

    What a person set is applied whatever the group does: a pin and the bounds do not wait for a rebalance.
    """
    return (
        _had_before(spec, observation, before)
        or _set_by_a_person(spec, observation)
        or _without_database(observation)
        or _among_foreigners(observation)
        or _not_known(observation)
        or _in_motion(observation)
    )


def _had_before(spec: ScalingSpec, observation: Observation, before: int | None) -> Verdict | None:
    """A Deployment that somebody has deleted comes back with one consumer, and would have to climb again."""
    if spec.pinned is not None or before is None or before <= observation.replicas:
        return None
    bounded = spec.bounded(before, len(observation.partitions))
    if bounded <= observation.replicas:
        return None
    allowed = "" if bounded == before else f"; {bounded} are allowed now"
    message = f"The Deployment had {counted_noun(before, 'consumer')} before it was made anew{allowed}."
    return Verdict(Direction.UP, Reason.DECIDED_BEFORE, message, bounded)


def _set_by_a_person(spec: ScalingSpec, observation: Observation) -> Verdict | None:
    current, partitions = observation.replicas, len(observation.partitions)
    if spec.pinned is not None:
        pinned = min(spec.pinned, partitions) if partitions else spec.pinned
        message = f"Pinned to {pinned} by kubectl scale; autoscaling is off until it is unpinned."
        if pinned < spec.pinned:
            message = (
                f"Pinned to {spec.pinned}, but the topic has only {counted_noun(partitions, 'partition')}; " + message
            )
        return _towards(Reason.PINNED, message, current, pinned)
    bounded = spec.bounded(current, partitions)
    if bounded > current:
        message = f"{counted_noun(current, 'consumer is', 'consumers are')} fewer than the minimum of {bounded}."
        return _towards(Reason.BELOW_MINIMUM, message, current, bounded)
    if bounded < current:
        limit = "the topic has partitions" if bounded == partitions else "the maximum allows"
        message = f"{current} consumers are more than {limit} ({bounded})."
        return _towards(Reason.ABOVE_MAXIMUM, message, current, bounded)
    if not spec.enabled:
        return hold(Reason.AUTOSCALING_DISABLED, "Autoscaling is disabled in the spec.")
    return None


def _towards(reason: Reason, message: str, current: int, replicas: int) -> Verdict:
    if replicas == current:
        return hold(reason, message)
    direction = Direction.UP if replicas > current else Direction.DOWN
    return Verdict(direction, reason, message, replicas)


def _without_database(observation: Observation) -> Verdict | None:
    if observation.database_outage is None:
        return None
    message = f"A consumer does not reach the database, and more would not either; held: {observation.database_outage}."
    return hold(Reason.DATABASE_UNREACHABLE, message)


def _among_foreigners(observation: Observation) -> Verdict | None:
    if observation.foreign_members is None:
        return None
    return hold(Reason.FOREIGN_MEMBERS, f"{observation.foreign_members}; held until they have left.")


def _not_known(observation: Observation) -> Verdict | None:
    if observation.kafka_outage is not None:
        return hold(Reason.LAG_UNKNOWN, f"{observation.kafka_outage} The number of consumers is held until it can be.")
    if observation.lag_state is LagState.UNKNOWN:
        which = _named(observation, LagState.UNKNOWN)
        offsets = f"The offsets of {which} could not be read" if which else "No offsets could be read"
        message = f"{offsets}, or contradict each other; held until they are known."
        return hold(Reason.LAG_UNKNOWN, message)
    if observation.lag_state is LagState.UNCOMMITTED:
        which = _named(observation, LagState.UNCOMMITTED)
        message = f"The group has committed nothing for {which}, so its lag cannot be told; held until it does."
        return hold(Reason.LAG_UNCOMMITTED, message)
    return None


def _named(observation: Observation, state: LagState) -> str:
    numbers = [str(p.partition) for p in observation.partitions if p.lag_state is state]
    return f"partition{'s' if len(numbers) > 1 else ''} {', '.join(numbers)}" if numbers else ""


def _in_motion(observation: Observation) -> Verdict | None:
    members, ready, replicas = len(observation.members), observation.ready, observation.replicas
    if observation.group_state is not GroupState.STABLE:
        state = observation.group_state
        told = "Kafka does not tell the group's state" if state is GroupState.UNKNOWN else f"The group is {state.value}"
        return hold(Reason.GROUP_NOT_STABLE, f"{told}; held until its members have settled.")
    consumers = counted_noun(ready, "consumer is", "consumers are")
    if members != ready:
        message = (
            f"The group has {counted_noun(members, 'member')}, but {consumers} ready; held until they are the same."
        )
        return hold(Reason.MEMBERS_DIFFER, message)
    if ready > replicas:
        message = f"{consumers} ready, {replicas} are asked for; held until the others have stopped."
        return hold(Reason.REPLICAS_NOT_READY, message)
    return None
