"""Decisions told in plain sentences, for `ingestor-operator explain`, and their form in the status."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from ingestor_operator.scaling.observation import LagState
from ingestor_operator.scaling.reasons import Direction
from ingestor_operator.scaling.verdict import Decision, Inputs


def explain(decisions: Sequence[Decision], now: datetime) -> str:
    """Why the number of consumers is what it is: the newest decision with its inputs, then those before.

    `decisions` in any order, for instance the last five of the status. Each has its time: one that has held for hours
    was taken from numbers that are hours old.
    """
    if not decisions:
        return "Nothing has been decided yet."
    newest, *earlier = sorted(decisions, key=lambda decision: decision.time, reverse=True)
    lines = [f"Last decision, {_told(newest, now)}", "  The numbers of that moment:"]
    lines += [f"    {sentence}" for sentence in _inputs(newest.inputs)]
    if earlier:
        lines += ["Before that:", *(f"  {_told(decision, now)}" for decision in earlier)]
    return "\n".join(lines)


def dump_decision(decision: Decision) -> dict[str, object]:
    """A decision as plain JSON types, for `status.decisions`: camelCase keys, no nulls, the time in RFC 3339."""
    result: dict[str, object] = msgspec.to_builtins(decision)
    return result


def load_decision(raw: object) -> Decision:
    """The decision that was dumped. Raises ValueError where `raw` is not one."""
    return msgspec.convert(raw, Decision)


def told_time(moment: datetime, now: datetime) -> str:
    """A time, and how long ago it was."""
    seconds = max(0.0, (now - moment).total_seconds())
    unit, length = next((unit for unit in _UNITS if seconds >= unit[1]), _UNITS[-1])
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC ({seconds // length:.0f} {unit} ago)"


_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


def _told(decision: Decision, now: datetime) -> str:
    return f"{told_time(decision.time, now)}: {_move(decision)} ({decision.reason}). {decision.message}"


def _move(decision: Decision) -> str:
    if decision.direction is Direction.HOLD:
        return f"kept {decision.current}"
    verb = {Direction.UP: "scaled up", Direction.DOWN: "scaled down", Direction.REVERT: "reverted"}[decision.direction]
    return f"{'' if decision.taken else 'would have '}{verb} from {decision.current} to {decision.replicas}"


def _inputs(inputs: Inputs) -> Iterator[str]:
    yield _lag(inputs)
    yield f"{inputs.arrival_rate:,.1f} records/s arrive."
    if inputs.rate_per_replica is None:
        yield "What one consumer drains is not known yet: none has been busy under watch."
    else:
        yield f"One busy consumer drains {inputs.rate_per_replica:,.1f} records/s."
    yield (
        f"The group is {inputs.group_state} with {inputs.members} members and {inputs.ready} ready consumers on "
        f"{inputs.partitions} partitions."
    )
    if inputs.stuck_partitions:
        yield f"Without progress: partition {', '.join(map(str, inputs.stuck_partitions))}."
    yield f"Allowed are {inputs.minimum} to {inputs.maximum} consumers."
    yield f"Lag is to be drained within {inputs.drain_target:.0f} s."
    if inputs.wanted is not None:
        yield f"The load alone asks for {inputs.wanted}."


def _lag(inputs: Inputs) -> str:
    if inputs.lag_state is LagState.UNCOMMITTED:
        return "The lag cannot be told: the group has not committed an offset in every partition with records."
    if inputs.lag is None:
        return "The lag is unknown: offsets could not be read."
    if inputs.lag_seconds is None:
        return f"{inputs.lag:,} records wait."
    return f"{inputs.lag:,} records wait, {inputs.lag_seconds:.0f} s of work for the ready consumers."
