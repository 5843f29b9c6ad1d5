"""Latency percentiles at a fixed cost: a histogram with steps of a tenth."""

from bisect import bisect_left
from dataclasses import dataclass

_EDGES = [0.0001 * 1.1**step for step in range(150)]


@dataclass(frozen=True)
class Percentiles:
    """Seconds; None while nothing was measured. Exact to a tenth."""

    p50: float | None
    p95: float | None
    p99: float | None


class Latencies:
    """Counts durations from 0.1 ms to 147 s; longer ones count as that."""

    def __init__(self) -> None:
        self._counts = [0] * len(_EDGES)
        self._total = 0

    def add(self, seconds: float) -> None:
        self._counts[min(bisect_left(_EDGES, seconds), len(_EDGES) - 1)] += 1
        self._total += 1

    def percentiles(self) -> Percentiles:
        return Percentiles(self._percentile(0.50), self._percentile(0.95), self._percentile(0.99))

    def _percentile(self, share: float) -> float | None:
        rank = share * self._total
        below = 0
        for edge, count in zip(_EDGES, self._counts, strict=True):
            below += count
            if count and below >= rank:
                return edge
        return None
