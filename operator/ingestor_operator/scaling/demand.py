"""From load to a number of consumers: n = ceil((arrival rate + lag / drain target) / rate per consumer).

Two facts about partitions refine it. A partition is read by one consumer, so what arrives in it beyond one
consumer's rate cannot be served by more consumers and is not counted. And the consumer of the fullest partition
has others beside it: where they would not fit into its rate together, the next step that gives it fewer is taken.
"""

from collections.abc import Sequence
from math import ceil

from ingestor_operator.scaling.observation import Observation
from ingestor_operator.scaling.rates import Rates
from ingestor_operator.scaling.steps import share, steps

LEAD = 105.0
"""Seconds by which consumers are late that are asked for when they are missing: an interval to the next look, a pod's
start, the 20 s that the arrival rate is behind a rise, and the time in which they work off what was left waiting. The
load is looked at as it will be then."""

CROWDING = 1.1
"""How much more than one consumer's rate its partitions may ask for before they are spread over more consumers;
the tolerance that the Kubernetes HorizontalPodAutoscaler has as well."""


def loads(rates: Rates, observation: Observation, drain_target: float) -> tuple[float, ...]:
    """Records a second each partition asks for: what arrives, and its lag worked off within `drain_target`.

    The lag of a stuck partition is left out, as no number of consumers moves it.
    """
    arrivals = {history.partition: history.arrival or 0.0 for history in rates.partitions}
    stuck = set(rates.stuck)
    return tuple(
        arrivals.get(p.partition, 0.0) + (0.0 if p.partition in stuck else (p.lag or 0) / drain_target)
        for p in observation.partitions
    )


def needed(asked: Sequence[float], per_replica: float) -> int:
    """The formula alone: how many consumers of that rate the load is worth, however many partitions there are."""
    return max(1, ceil(sum(asked) / per_replica - 1e-9))


def wanted(asked: Sequence[float], per_replica: float) -> int:
    """The smallest step that serves `asked` (records a second, one entry a partition), at least 1.

    It never falls when an entry rises. `per_replica` must be more than 0.
    """
    partitions = len(asked)
    served = [min(load, per_replica) for load in asked]
    fewest, fullest = needed(served, per_replica), max(served, default=0.0)
    beside = (sum(served) - fullest) / (partitions - 1) if partitions > 1 else 0.0
    for step in steps(partitions):
        crowded = fullest + (share(partitions, step) - 1) * beside > CROWDING * per_replica
        if step >= fewest and not crowded:
            return step
    return partitions


def most_at_once(replicas: int) -> int:
    """The most consumers to go to in one change: twice as many.

    Beyond that it is shown first that the consumers already added drain more.
    """
    return 2 * replicas


def kept(replicas: int, enough: int) -> int:
    """How many consumers to keep where `enough` would do: all of them, unless half or fewer would do.

    What less saves is soon taken back by the load's wander or by the next bell, and each change is a rebalance.
    """
    return enough if 2 * enough <= replicas else max(replicas, enough)


def grown(asked: Sequence[float], factor: float) -> tuple[float, ...]:
    """The load of each partition, `factor` times as much."""
    return tuple(load * factor for load in asked)
