"""The numbers of consumers that make a difference.

A partition is read by one consumer of a group, so with P partitions and n consumers the busiest has
ceil(P / n) of them. A number of consumers is a step if the number below it leaves the busiest with more.
"""

from functools import lru_cache
from math import ceil


def share(partitions: int, replicas: int) -> int:
    """How many partitions the busiest of `replicas` (at least 1) consumers has."""
    return ceil(partitions / replicas)


@lru_cache(maxsize=64)
def steps(partitions: int) -> tuple[int, ...]:
    """Every step from 1 to `partitions`, ascending; for 12 partitions 1, 2, 3, 4, 6, 12."""
    return tuple(sorted({share(partitions, k) for k in range(1, partitions + 1)}))


def step_at_least(replicas: int, partitions: int) -> int:
    """The smallest step of at least `replicas`; the partition count where there is none."""
    return next((step for step in steps(partitions) if step >= replicas), partitions)


def step_below(replicas: int, partitions: int) -> int:
    """The next step down, one that gives the busiest consumer more partitions; 1 where there is none."""
    current = share(partitions, replicas)
    return max((step for step in steps(partitions) if share(partitions, step) > current), default=1)


def fewest_alike(replicas: int, partitions: int) -> int:
    """The smallest number of consumers whose busiest has as many partitions as with `replicas`."""
    return share(partitions, share(partitions, replicas))
