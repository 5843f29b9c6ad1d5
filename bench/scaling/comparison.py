"""The same scenario for each way of scaling, and what each made of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bench.scaling.hpa import Cpu, Horizontal, Keda
from bench.scaling.scenarios import PARTITIONS, SCENARIOS, Scenario
from bench.scaling.simulation import Ours, Scaler, Trace, simulate
from bench.scaling.workload import Workload

from ingestor_operator.scaling import ScalingSpec, ScalingState

TARGET = 60.0
"""Seconds within which lag is to be drained: the default of the resource."""

SPEC = ScalingSpec(minimum=1, maximum=PARTITIONS, drain_target=TARGET)
"""What the operator is asked with."""

THRESHOLDS = (10, 100, 300, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 60_000)
"""Values of lagThreshold to choose from: KEDA's default up to what one consumer drains within the target."""


LATE = 5.0
"""Seconds beyond which a waiting record is more than what lies between two commits and a handover of a partition."""


@dataclass(frozen=True)
class Tuning:
    """A setting of KEDA's Kafka trigger."""

    lag_threshold: int
    even: bool

    def scaler(self) -> Keda:
        """A fresh scaler with this setting."""
        return Keda(Horizontal(1, PARTITIONS), self.lag_threshold, self.even)

    def __str__(self) -> str:
        even = ", even distribution" if self.even else ""
        return f"KEDA, lagThreshold {self.lag_threshold}{even}"


@dataclass(frozen=True)
class Score:
    """What a run cost: time over target, how soon lag was drained, changes of the replicas, hours of consumers.

    `late_seconds` are those in which the oldest waiting record was older than LATE; `mean_age` is its age in
    seconds over the whole run, 0 while nothing waits; `mean_wait` how long a record waits, in seconds.
    """

    seconds_over_target: int
    oldest_seconds: int
    late_seconds: int
    mean_age: float
    mean_wait: float
    most_lag: int
    changes: int
    changes_in_rebalance: int
    replica_hours: float


@dataclass(frozen=True)
class Run:
    """One scenario played with one way of scaling."""

    scaler: str
    trace: Trace
    score: Score


@dataclass(frozen=True)
class Comparison:
    """One scenario played with each way of scaling, by its name in the results."""

    scenario: Scenario
    workload: Workload
    runs: dict[str, Run]


def score(trace: Trace) -> Score:
    """The score of a trace, with hours to a tenth."""
    return Score(
        seconds_over_target=trace.seconds_over(TARGET),
        oldest_seconds=max(trace.age),
        late_seconds=trace.seconds_over(LATE),
        mean_age=round(sum(trace.age) / len(trace.age), 3),
        mean_wait=round(trace.mean_wait, 3),
        most_lag=max(trace.lag),
        changes=len(trace.changes),
        changes_in_rebalance=sum(change.rebalancing for change in trace.changes),
        replica_hours=round(trace.replica_hours, 1),
    )


def play(scenario: Scenario, workload: Workload, scaler: Scaler) -> Trace:
    """One run of the scenario."""
    return simulate(workload, scenario.conditions, scaler, scenario.replicas, scenario.seed)


def tune(scenario: Scenario) -> Tuning:
    """The setting that does best in this very scenario: least time over target, then changes times replica hours.

    Nobody could choose it so well beforehand; it is the strongest KEDA there is to be compared with.
    """
    workload = scenario.workload()

    def cost(tuning: Tuning) -> tuple[int, float]:
        result = score(play(scenario, workload, tuning.scaler()))
        return result.seconds_over_target, result.changes * result.replica_hours

    return min((Tuning(threshold, even) for threshold in THRESHOLDS for even in (False, True)), key=cost)


def contenders(tuned: Tuning, remembered: ScalingState | None = None) -> dict[str, tuple[str, Callable[[], Scaler]]]:
    """What is compared, by its name in the results: a title, and a fresh scaler.

    `remembered` is what the operator knows at the beginning, by default nothing.
    """
    return {
        "ours": ("this operator", lambda: Ours(SPEC, remembered or ScalingState())),
        "hpa": (str(tuned), tuned.scaler),
        "hpa_default": ("KEDA as it comes, lagThreshold 10", Tuning(10, even=False).scaler),
        "hpa_cpu": ("HPA on CPU, 70 %", lambda: Cpu(Horizontal(1, PARTITIONS))),
    }


def compare(scenario: Scenario, tuned: Tuning) -> Comparison:
    """The scenario with our decisions, tuned KEDA, KEDA as it comes, and the HPA on CPU."""
    workload = scenario.workload()
    runs = {}
    for key, (name, fresh) in contenders(tuned).items():
        trace = play(scenario, workload, fresh())
        runs[key] = Run(name, trace, score(trace))
    return Comparison(scenario, workload, runs)


def compare_all(tuned: Tuning) -> Iterator[Comparison]:
    """Every scenario."""
    for scenario in SCENARIOS:
        yield compare(scenario, tuned)
