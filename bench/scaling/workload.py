"""Arrivals by second and partition: a rate over time, spread over keys that hash to partitions."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Rates = NDArray[np.float64]
"""Records a second, one entry for each second."""


@dataclass(frozen=True)
class Workload:
    """`arrivals[t, p]` records arrive in partition p during second t; `starts_at` is the hour of second 0."""

    arrivals: NDArray[np.int64]
    starts_at: float = 0.0

    @property
    def seconds(self) -> int:
        """How long it lasts."""
        return int(self.arrivals.shape[0])

    @property
    def partitions(self) -> int:
        """How many partitions it fills."""
        return int(self.arrivals.shape[1])


def spread(
    rate: Rates,
    partitions: int,
    seed: int,
    sessions: int = 2000,
    lesson: int = 2700,
    hot_share: float = 0.0,
    starts_at: float = 0.0,
) -> Workload:
    """Poisson arrivals at `rate`, keyed by `sessions` quiz sessions that change every `lesson` seconds.

    Sessions differ in size (lognormal) and hash to partitions at random, so partitions are never quite even.
    `hot_share` of all records belong to one session more, which is always in partition 0. Around the given rate
    the true one wanders by a tenth with a memory of some minutes, as people do.
    """
    draw = np.random.default_rng(seed)
    seconds = len(rate)
    shares = np.repeat(
        np.stack([_shares(draw, partitions, sessions, hot_share) for _ in range(0, seconds, lesson)]), lesson, axis=0
    )[:seconds]
    expected = rate[:, None] * _wander(draw, seconds)[:, None] * shares
    return Workload(draw.poisson(expected), starts_at)


def _shares(draw: np.random.Generator, partitions: int, sessions: int, hot_share: float) -> Rates:
    weights = draw.lognormal(0.0, 0.5, sessions)
    sizes = np.bincount(draw.integers(0, partitions, sessions), weights, partitions)
    shares: Rates = sizes / sizes.sum() * (1 - hot_share)
    shares[0] += hot_share
    return shares


def _wander(draw: np.random.Generator, seconds: int, memory: float = 300.0) -> Rates:
    """A factor around 1 with a standard deviation of a tenth and a correlation time of `memory` seconds."""
    minutes = seconds // 60 + 2
    keep = np.exp(-60.0 / memory)
    noise = np.empty(minutes)
    noise[0] = draw.normal()
    for minute in range(1, minutes):
        noise[minute] = keep * noise[minute - 1] + np.sqrt(1 - keep**2) * draw.normal()
    factor = np.interp(np.arange(seconds), np.arange(minutes) * 60.0, noise)
    wandered: Rates = np.clip(1 + 0.1 * factor, 0.6, 1.4)
    return wandered


def pulses(seconds: int, at: list[float], height: float, width: float) -> Rates:
    """Bell-shaped rises of `height` centred on the seconds `at`; `width` is a standard deviation in seconds."""
    time = np.arange(seconds)[:, None]
    return np.asarray((height * np.exp(-(((time - np.asarray(at)) / width) ** 2) / 2)).sum(axis=1))
