"""When to look at the group again."""

from ingestor_operator.scaling.rates import Rates
from ingestor_operator.scaling.spec import ScalingSpec
from ingestor_operator.scaling.state import ScalingState

CLOSER = 2.0
"""Seconds to the next look while a lesson may be had. A consumer is seen to be busy only when it is behind by more than
lies between two looks, so with the usual interval the first rate is learned when records wait ten seconds already."""


def next_look(spec: ScalingSpec, state: ScalingState) -> float:
    """Seconds until the next decision: the interval, or less while a consumer falls behind whose rate is unknown."""
    return min(spec.interval, CLOSER) if _may_teach(state.rates) else spec.interval


def _may_teach(rates: Rates) -> bool:
    """Whether no rate is known yet and a partition has more waiting than arrives in it between two close looks."""
    if rates.per_replica is not None:
        return False
    return any(history.end - history.position > CLOSER * (history.arrival or 0.0) > 0 for history in rates.partitions)
