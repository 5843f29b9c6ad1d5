"""Whether a scale-up brought throughput, and what is remembered where it did not."""

from dataclasses import dataclass, replace
from enum import Enum

from ingestor_operator.scaling.observation import Observation
from ingestor_operator.scaling.rates import Rates

CAUGHT_UP = 0.25
"""The part of the drain target: with less than that much work waiting, a partition or a group is not behind."""

WATCH = 60.0
"""Seconds a scale-up is watched, from when its consumers have their partitions, before it counts as failed."""

GLANCE = 20.0
"""Seconds after which it may count as a success."""

WORTH = 0.25
"""The part of the proportional gain (twice the consumers, twice the throughput) that must be reached."""

WORTH_AT_MOST = 0.2
"""The gain that is always enough: an overfull partition that is given a consumer of its own gains no more."""

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
    """A scale-up under watch, judged by `partitions`, those that were behind: the others drain what arrives.

    `drained` is what the group drained from them before and `arrival` what arrived in all, in records a second;
    `drained_from` the sum of their positions when the new consumers had settled.
    """

    began: float
    before: int
    after: int
    partitions: tuple[int, ...]
    drained: float
    arrival: float
    settled_at: float | None = None
    drained_from: int = 0

    def needed(self) -> float:
        """Records a second to drain from `partitions` for the scale-up to have been worth it."""
        return self.drained * (1 + min(WORTH_AT_MOST, WORTH * (self.after / self.before - 1)))


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
        return rates.time < self.until and same_load and rates.throughput <= CHANGED * self.throughput


def begin(observation: Observation, replicas: int, rates: Rates, drain_target: float) -> Trial | None:
    """The watch over a scale-up to `replicas`; None where nothing was drained that it could be measured against."""
    lagging = lagging_partitions(rates, drain_target) or tuple(history.partition for history in rates.partitions)
    drained = sum(history.drain or 0.0 for history in rates.partitions if history.partition in lagging)
    if not drained:
        return None
    return Trial(observation.time, observation.replicas, replicas, lagging, drained, rates.arrival)


def lagging_partitions(rates: Rates, drain_target: float) -> tuple[int, ...]:
    """Partitions with more waiting than is drained from them in a part of the drain target."""
    return tuple(
        history.partition
        for history in rates.partitions
        if history.end - history.position > (history.drain or 0.0) * drain_target * CAUGHT_UP
    )


def watch(trial: Trial, rates: Rates) -> Trial:
    """The trial once its consumers have settled: from here on their throughput counts."""
    if trial.settled_at is not None:
        return trial
    return replace(trial, settled_at=rates.time, drained_from=_position(trial, rates))


def gained(trial: Trial, rates: Rates) -> float:
    """Records a second drained from the trial's partitions since the consumers settled; 0 before."""
    if trial.settled_at is None or rates.time <= trial.settled_at:
        return 0.0
    return (_position(trial, rates) - trial.drained_from) / (rates.time - trial.settled_at)


def outcome(trial: Trial, rates: Rates, behind: bool) -> Outcome:
    """HELPED once the group has caught up or drains what is needed; FAILED if neither after WATCH seconds.

    A load that has grown meanwhile ends the watch without a finding (HELPED too): it is another experiment. It does
    so once it was seen what the new consumers drain, as the next scale-up is measured against that.
    """
    watched = 0.0 if trial.settled_at is None else rates.time - trial.settled_at
    if not behind or (watched > 0 and rates.arrival > CHANGED * trial.arrival):
        return Outcome.HELPED
    if watched >= GLANCE and gained(trial, rates) >= trial.needed():
        return Outcome.HELPED
    return Outcome.FAILED if watched >= WATCH else Outcome.OPEN


def remember_failure(trial: Trial, rates: Rates, previous: Ceiling | None) -> Ceiling:
    """The ceiling after a failed scale-up, longer where the last one failed not long ago."""
    again = previous is not None and rates.time - previous.until < previous.wait
    wait = min(2 * previous.wait, LONGEST_WAIT) if previous is not None and again else FIRST_WAIT
    return Ceiling(trial.before, rates.time + wait, wait, rates.throughput, rates.arrival)


def went_back(trial: Trial, rates: Rates) -> bool:
    """Whether offsets went back since the consumers settled, so that nothing can be measured any more."""
    return trial.settled_at is not None and _position(trial, rates) < trial.drained_from


def _position(trial: Trial, rates: Rates) -> int:
    return sum(history.position for history in rates.partitions if history.partition in trial.partitions)
