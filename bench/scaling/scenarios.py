"""The situations a consumer group of a school system meets."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from bench.scaling.group import Conditions
from bench.scaling.workload import Workload, pulses, spread

PARTITIONS = 12
HOUR = 3600
BELLS = [8.0, 8.83, 9.75, 10.58, 11.5, 12.33, 13.5, 14.33]
"""Hours at which lessons of a school day begin."""


@dataclass(frozen=True)
class Scenario:
    """A workload and the conditions it meets. `replicas` are running when it begins."""

    name: str
    tells: str
    workload: Callable[[], Workload]
    conditions: Conditions = field(default_factory=Conditions)
    replicas: int = 1
    seed: int = 7


def _morning_peak() -> Workload:
    """From the night's trickle to ten times the daily mean within 20 minutes, for an hour, and off again."""
    time = np.arange(3 * HOUR)
    rise = 1 / (1 + np.exp(-(time - 2400) / 150))
    fall = 1 / (1 + np.exp((time - 7200) / 200))
    return spread(60 + 7500 * rise * fall, PARTITIONS, seed=1, starts_at=7.0)


def _bell_bursts() -> Workload:
    """Every 45 minutes all schools answer at once for some three minutes."""
    seconds = 4 * HOUR
    bells = [1200.0 + 2700 * n for n in range(5)]
    return spread(600 + pulses(seconds, bells, 5500, 75), PARTITIONS, seed=2, starts_at=8.0)


def _steady(rate: float, hours: float, seed: int, hot_share: float = 0.0) -> Workload:
    return spread(np.full(int(hours * HOUR), rate), PARTITIONS, seed, hot_share=hot_share, starts_at=9.0)


def _step_up() -> Workload:
    rate = np.full(2 * HOUR, 400.0)
    rate[1800:] = 3500.0
    return spread(rate, PARTITIONS, seed=6, starts_at=9.0)


def _hot_key() -> Workload:
    """One session has most of the records for half an hour: a competition with everyone in it."""
    quiet = _steady(1500.0, 0.5, 8).arrivals
    hot = _steady(2200.0, 0.5, 9, hot_share=0.6).arrivals
    return Workload(np.concatenate([quiet, hot, _steady(1500.0, 1.0, 10).arrivals]), 9.0)


def school_day(seed: int = 11) -> Workload:
    """Night, lessons with bells that schools ring within some minutes of each other, homework, night.

    Each seed draws another day: other sessions, other moments, and another wander of the rate.
    """
    seconds = 24 * HOUR
    hours = np.arange(seconds) / HOUR
    school = 1 / (1 + np.exp(-(hours - 7.9) / 0.12)) / (1 + np.exp((hours - 15.2) / 0.2))
    homework = 700 * np.exp(-(((hours - 18.5) / 1.3) ** 2) / 2)
    bells = pulses(seconds, [(bell + 0.1) * HOUR for bell in BELLS], 3800, 200)
    return spread(25 + 1700 * school + homework + bells, PARTITIONS, seed)


SCENARIOS = (
    Scenario("morning-peak", "the night's trickle becomes ten times the mean within 20 minutes", _morning_peak),
    Scenario("bell-bursts", "everybody answers at the bell, every 45 minutes", _bell_bursts),
    Scenario(
        "slow-consumers",
        "the database makes every consumer three times slower for 40 minutes",
        lambda: _steady(1600.0, 2, 3),
        Conditions(slowdown=(1800, 4200, 0.33)),
        replicas=2,
    ),
    Scenario(
        "slow-pod",
        "one pod of three runs on a bad node at a third of the speed",
        lambda: _steady(1600.0, 2, 12),
        Conditions(slow_pod=0.33),
        replicas=3,
    ),
    Scenario("skewed-key", "one session has three fifths of all records for half an hour", _hot_key, replicas=2),
    Scenario(
        "stuck-partition",
        "one partition makes no progress for 30 minutes",
        lambda: _steady(1600.0, 2, 4),
        Conditions(stuck=(5, 1800, 3600)),
        replicas=3,
    ),
    Scenario(
        "no-gain",
        "the database takes 2,500 records/s whatever the number of consumers, while 3,500 arrive",
        _step_up,
        Conditions(capacity=2500.0),
    ),
    Scenario("steady", "nothing happens for six hours", lambda: _steady(2300.0, 6, 5), replicas=3),
    Scenario("school-day", "a whole day of lessons, bells and homework", school_day),
)
