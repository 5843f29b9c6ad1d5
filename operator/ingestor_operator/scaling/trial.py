"""Whether a scale-up brought throughput, and what is remembered where it did not."""

from dataclasses import dataclass, replace
from enum import Enum

from ingestor_operator.scaling.rates import Rates

WATCH = 60.0
"""Seconds a scale-up is watched, from when its consumers have their partitions, before it counts as failed."""

WORTH = 0.25
"""The part of the proportional gain (twice the consumers, twice the throughput) that must be reached."""

CHANGED = 1.25
"""Throughput or arrival rate beyond that of the failed scale-up, as a factor, which makes it worth trying again:
what limited it has gone, or it is another load."""

FIRST_WAIT = 3600.0
LONGEST_WAIT = 8 * 3600.0
"""Seconds until a failed scale-up is tried again: an hour, doubled with each failure in a row."""


class Outcome(Enum):
    """What is known about a scale-up so far."""

    OPEN = "open"
    HELPED = "helped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Trial:
    """A scale-up under watch. `throughput` is what the group drained before it, in records a second;
    `drained_from` the sum of positions when its consumers had settled."""

    began: float
    before: int
    after: int
    throughput: float
    settled_at: float | None = None
    drained_from: int = 0

    def needed(self) -> float:
        """Records a second the group must drain for the scale-up to have been worth it."""
        return self.throughput * (1 + WORTH * (self.after / self.before - 1))


@dataclass(frozen=True, slots=True)
class Ceiling:
    """More than `replicas` brought nothing: not tried again before `until`."""

    replicas: int
    until: float
    wait: float
    throughput: float
    arrival: float

    def holds(self, rates: Rates) -> bool:
        """Whether it still limits: its time has not passed, and no more arrives or is drained than then."""
        same_load = rates.arrival <= CHANGED * self.arrival
        return rates.time < self.until and same_load and (rates.throughput or 0.0) <= CHANGED * self.throughput


def watch(trial: Trial, rates: Rates) -> Trial:
    """The trial once its consumers have settled: from here on their throughput counts."""
    if trial.settled_at is not None:
        return trial
    return replace(trial, settled_at=rates.time, drained_from=_position(rates))


def gained(trial: Trial, rates: Rates) -> float:
    """Records a second drained since the consumers settled; 0 before."""
    if trial.settled_at is None or rates.time <= trial.settled_at:
        return 0.0
    return (_position(rates) - trial.drained_from) / (rates.time - trial.settled_at)


def outcome(trial: Trial, rates: Rates, behind: bool, interval: float) -> Outcome:
    """HELPED once the group has caught up or drains what is needed; FAILED if not so after WATCH seconds."""
    if not behind:
        return Outcome.HELPED
    watched = rates.time - (rates.time if trial.settled_at is None else trial.settled_at)
    if watched >= 2 * interval and gained(trial, rates) >= trial.needed():
        return Outcome.HELPED
    return Outcome.FAILED if watched >= WATCH else Outcome.OPEN


def remember_failure(trial: Trial, rates: Rates, previous: Ceiling | None) -> Ceiling:
    """The ceiling after a failed scale-up, longer where the last one failed not long ago."""
    again = previous is not None and rates.time - previous.until < previous.wait
    wait = min(2 * previous.wait, LONGEST_WAIT) if previous is not None and again else FIRST_WAIT
    throughput = max(trial.throughput, gained(trial, rates))
    return Ceiling(trial.before, rates.time + wait, wait, throughput, rates.arrival)


def _position(rates: Rates) -> int:
    return sum(history.position for history in rates.partitions)
