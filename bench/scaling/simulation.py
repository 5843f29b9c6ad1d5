"""Plays a workload against a scaler and keeps what happened, second by second."""

from collections import deque
from dataclasses import dataclass, field
from typing import Protocol

from bench.scaling.group import Conditions, Group
from bench.scaling.workload import Workload

from ingestor_operator.scaling import Decision, Observation, ScalingSpec, ScalingState, decide, next_look

CPU_WINDOW = 30
"""Seconds over which CPU use is averaged, as a metrics server does."""


class Scaler(Protocol):
    """Asked for the number of replicas to set, and again `interval` seconds later."""

    @property
    def interval(self) -> int:
        """Seconds until the next question."""

    def desired(self, observation: Observation, used: float) -> int:
        """The replicas to set; `used` is the mean CPU use of the ready pods, 0 to 1."""


@dataclass
class Ours:
    """The operator's decision, asked as the operator asks it."""

    spec: ScalingSpec
    state: ScalingState = field(default_factory=ScalingState)
    decisions: list[Decision] = field(default_factory=list)

    @property
    def interval(self) -> int:
        """Seconds until the next decision."""
        return int(next_look(self.spec, self.state))

    def desired(self, observation: Observation, used: float) -> int:
        """The replicas the decision gives."""
        decision, self.state = decide(self.spec, observation, self.state)
        self.decisions.append(decision)
        return decision.replicas


@dataclass(frozen=True)
class Change:
    """The replicas were set from `before` to `after` at second `time`."""

    time: int
    before: int
    after: int
    rebalancing: bool


@dataclass(frozen=True)
class Trace:
    """By second: records waiting, age of the oldest in seconds, replicas asked for and ready."""

    lag: list[int]
    age: list[int]
    replicas: list[int]
    ready: list[int]
    changes: list[Change]
    records: int

    def seconds_over(self, target: float) -> int:
        """Seconds in which the oldest waiting record was older than `target`."""
        return sum(age > target for age in self.age)

    @property
    def mean_wait(self) -> float:
        """Seconds a record waits on average: what waits in all seconds, by all records (Little's law)."""
        return sum(self.lag) / max(self.records, 1)

    @property
    def replica_hours(self) -> float:
        """Hours of consumers paid for."""
        return sum(self.replicas) / 3600


def simulate(workload: Workload, conditions: Conditions, scaler: Scaler, replicas: int, seed: int) -> Trace:
    """The trace of one run; the same arguments (and a fresh scaler) give the same trace."""
    group = Group(workload, conditions, replicas, seed)
    clock = _Ages(workload)
    used: deque[float] = deque(maxlen=CPU_WINDOW)
    trace = Trace([], [], [], [], [], int(workload.arrivals.sum()))
    look = scaler.interval
    for second in range(workload.seconds):
        group.step()
        ready = [pod for pod in group.pods if pod.joined]
        used.append(sum(pod.used for pod in ready) / max(len(ready), 1))
        trace.lag.append(group.lag)
        trace.age.append(clock.oldest(group, second))
        trace.replicas.append(group.replicas)
        trace.ready.append(len(ready))
        if group.now == look:
            desired = scaler.desired(group.observe(), sum(used) / len(used))
            look += scaler.interval
            if desired != group.replicas:
                trace.changes.append(Change(group.now, group.replicas, desired, group.rebalancing))
                group.scale(desired)
    return trace


class _Ages:
    """When the oldest waiting record of each partition arrived."""

    def __init__(self, workload: Workload) -> None:
        self._arrived: list[list[int]] = workload.arrivals.cumsum(axis=0).T.tolist()
        self._second = [0] * workload.partitions

    def oldest(self, group: Group, now: int) -> int:
        """Seconds the oldest record waits; what nobody could drain now is left out."""
        age = 0
        for partition, position in enumerate(group.position):
            if position >= group.end[partition] or group.is_stuck(partition):
                continue
            arrived, second = self._arrived[partition], self._second[partition]
            while arrived[second] <= position:
                second += 1
            self._second[partition] = second
            age = max(age, now - second)
        return age
