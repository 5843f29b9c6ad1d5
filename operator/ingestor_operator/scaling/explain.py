"""Decisions told in plain sentences, for `ingestor-operator explain`, and their form in the status."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

import msgspec

from ingestor_common.counted_nouns import counted_noun
from ingestor_operator.scaling.observation import LagState
from ingestor_operator.scaling.reasons import Direction
from ingestor_operator.scaling.verdict import Decision, Inputs


def explain(decisions: Sequence[Decision], now: datetime) -> str:
    """Why the number of consumers is what it is: the newest decision with its inputs, then those before.

    `decisions` newest first, as the status has them: a clock may have been set back between two. Each has its time:
    one that has held for hours was taken from numbers that are hours old.
    """
    if not decisions:
        return "Nothing has been decided yet."
    newest, *earlier = decisions
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
    """The decision that was dumped. Raises ValueError where `raw` is not one, with a time in UTC."""
    decision = msgspec.convert(raw, Decision)
    if decision.time.utcoffset() != timedelta(0):
        raise ValueError(f"{decision.time} is not in UTC")
    return decision


def readable_decisions(records: Iterable[object]) -> list[Decision]:
    """Those of the records that are decisions; another release, or whoever may write a status, wrote the others."""
    found = []
    for record in records:
        with suppress(ValueError):
            found.append(load_decision(record))
    return found


def told_time(moment: datetime, now: datetime) -> str:
    """A time, and how long ago it was, or how far ahead: by another clock, or by this one before it was set back."""
    seconds = (now - moment).total_seconds()
    passed, when = (-seconds, "ahead of this clock") if seconds < -_CLOCKS_APART else (max(0.0, seconds), "ago")
    unit, length = next((unit for unit in _UNITS if passed >= unit[1]), _UNITS[-1])
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC ({passed // length:.0f} {unit} {when})"


_CLOCKS_APART = 10.0
"""Seconds by which the clocks of two machines may differ without a word."""

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
        f"The group is {inputs.group_state} with {counted_noun(inputs.members, 'member')} and "
        f"{counted_noun(inputs.ready, 'ready consumer')} on {counted_noun(inputs.partitions, 'partition')}."
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
    waiting = counted_noun(inputs.lag, "record waits", "records wait")
    if inputs.lag_seconds is None:
        return f"{waiting}."
    return f"{waiting}, {inputs.lag_seconds:.0f} s of work for the ready consumers."
