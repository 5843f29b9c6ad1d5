"""What a restarted operator still knows: the rate of one consumer, and what more of them did not bring.

It is written into `status.scaling`, which anybody with the right to patch a status may have filled with anything.
"""

from math import isfinite

import msgspec

from ingestor_operator.scaling.rates import Rates
from ingestor_operator.scaling.state import ScalingState
from ingestor_operator.scaling.trial import LONGEST_WAIT, Ceiling

VERSION = 1
"""The form of the memory. One of another form counts as none."""

GRAIN = 600.0
"""Seconds to which the time of the last confirmation is rounded down, so that a quiet status is not written anew at
each look; a rate is doubted after hours."""

SLOWEST, FASTEST = 0.001, 1e9
"""Records a second between which a rate can be one that was learned: the memory rounds to the slowest. By one that is
slower still a load divides to more consumers than any number."""


class Memory(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True):
    """The stored form; rates in records a second, times in seconds since the epoch."""

    version: int
    rate_per_replica: float | None = None
    learned_at: float = 0.0
    ceiling: Ceiling | None = None


def dump_memory(state: ScalingState) -> dict[str, object]:
    """What is kept of the state, as plain JSON types."""
    rates, ceiling = state.rates, state.ceiling
    memory = Memory(
        VERSION,
        None if rates.per_replica is None else round(rates.per_replica, 3),
        rates.learned_at // GRAIN * GRAIN,
        ceiling,
    )
    result: dict[str, object] = msgspec.to_builtins(memory)
    return result


def load_memory(raw: object, now: float) -> ScalingState | None:
    """A state that knows what was kept; None where `raw` is not a memory of this form.

    A part that cannot be true (a rate that nothing drains at, a wait longer than any) is left out; a clock that was
    ahead is not waited for.
    """
    try:
        memory = msgspec.convert(raw, Memory)
    except (msgspec.ValidationError, OverflowError):
        return None
    if memory.version != VERSION:
        return None
    rate = memory.rate_per_replica
    rates = Rates()
    if rate is not None and SLOWEST <= rate <= FASTEST:
        rates = Rates(per_replica=rate, learned_at=max(memory.learned_at, 0.0) if isfinite(memory.learned_at) else 0.0)
    return ScalingState(rates=rates, ceiling=memory.ceiling if _is_true(memory.ceiling) else None).at(now)


def _is_true(ceiling: Ceiling | None) -> bool:
    if ceiling is None:
        return False
    return (
        isfinite(ceiling.until)
        and ceiling.until >= 0
        and 0 <= ceiling.wait <= LONGEST_WAIT
        and ceiling.replicas >= 1
        and all(0 <= rate <= FASTEST for rate in (ceiling.throughput, ceiling.arrival))
    )
