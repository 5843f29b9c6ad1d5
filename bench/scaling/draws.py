"""The school day drawn again and again: whether what one day shows holds for others.

Each draw is a day after the one of the scenario: the operator was restarted in the night and remembers what its status
kept of that day, as any installation does from its second day on.
"""

from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import partial
from statistics import median

from bench.scaling.comparison import SPEC, Score, Tuning, contenders, play, score
from bench.scaling.scenarios import SCENARIOS, school_day
from bench.scaling.simulation import Ours

from ingestor_operator.scaling import ScalingState, dump_memory, load_memory

DAY = 24 * 3600.0

SCHOOL_DAY = next(scenario for scenario in SCENARIOS if scenario.name == "school-day")

DESIGNED_WITH = (*range(101, 111), *range(201, 211), *range(301, 311))
"""Draws that were looked at while the rules were made."""

HELD_OUT = tuple(range(401, 411))
"""Draws that were looked at only when the rules were finished."""

COMPARED = ("ours", "hpa", "hpa_cpu")
"""KEDA as it comes is left out: it runs a consumer for each partition all day, on any draw."""

MEASURES = ("oldest_seconds", "late_seconds", "mean_age", "mean_wait", "changes", "replica_hours")
"""Those of a score that less is better of."""


@dataclass(frozen=True)
class Draw:
    """One school day and what each way of scaling made of it."""

    seed: int
    scores: dict[str, Score]

    @property
    def held_out(self) -> bool:
        """Whether nobody looked at it while the rules were made."""
        return self.seed in HELD_OUT

    def entry(self) -> dict[str, object]:
        """Its form in the results."""
        return {"seed": self.seed, "held_out": self.held_out} | {key: asdict(s) for key, s in self.scores.items()}


def play_draws(tuned: Tuning) -> list[Draw]:
    """Every draw, on all cores; takes minutes."""
    remembered = the_day_before()
    with ProcessPoolExecutor() as pool:
        return list(pool.map(partial(_play, tuned, remembered), (*DESIGNED_WITH, *HELD_OUT)))


def summary(draws: Iterable[Draw], rival: str) -> dict[str, tuple[float, float, int, int]]:
    """By measure: our median, the rival's, on how many draws we have less, and on how many more."""
    pairs = [(draw.scores["ours"], draw.scores[rival]) for draw in draws]
    told = {}
    for name in MEASURES:
        values = [(getattr(ours, name), getattr(other, name)) for ours, other in pairs]
        told[name] = (
            median(ours for ours, _ in values),
            median(other for _, other in values),
            sum(ours < other for ours, other in values),
            sum(ours > other for ours, other in values),
        )
    return told


def remember_day(state: ScalingState) -> ScalingState:
    """What a restarted operator knows a day later of the state at the end of a day, by the status alone."""
    loaded = load_memory(dump_memory(state), DAY) or ScalingState()
    rates = replace(loaded.rates, learned_at=loaded.rates.learned_at - DAY)
    return replace(loaded, rates=rates)


def the_day_before() -> ScalingState:
    """What an operator that was restarted in the night knows when a draw begins."""
    ours = Ours(SPEC)
    play(SCHOOL_DAY, SCHOOL_DAY.workload(), ours)
    return remember_day(ours.state)


def _play(tuned: Tuning, remembered: ScalingState, seed: int) -> Draw:
    workload, scenario = school_day(seed), replace(SCHOOL_DAY, seed=seed)
    ways = contenders(tuned, remembered)
    return Draw(seed, {key: score(play(scenario, workload, ways[key][1]())) for key in COMPARED})
