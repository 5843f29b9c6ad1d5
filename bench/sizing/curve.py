"""What a component takes at a rate, between and beyond the rates that were measured."""

from collections.abc import Sequence
from itertools import pairwise

from bench.sizing.measured import Component, Measured

Point = tuple[float, float]
"""Events a second, and cores."""


def cores(measured: Measured, component: Component, rate: float) -> float:
    """Cores that a component takes at `rate` events a second.

    Between measured rates, idle among them, a straight line. Above the highest, each event costs what it costs there:
    too much rather than too little, since requests and transactions carry more the more there is to carry.
    """
    return _at(sorted((stage.rate, stage.cores(component)) for stage in (measured.idle, *measured.rates)), rate)


def _at(points: Sequence[Point], rate: float) -> float:
    for (left, low), (right, high) in pairwise(points):
        if rate <= right:
            return low + (high - low) * (rate - left) / (right - left)
    fastest, most = points[-1]
    return most * rate / fastest
