"""The HorizontalPodAutoscaler, fed by KEDA's Kafka scaler or by CPU use, as their documentation describes them.

From the Kubernetes documentation, "Horizontal Pod Autoscaling" (algorithm details, default behavior): a sync every
15 s; desired = ceil(current * value / target), nothing within a tolerance of 10 %; scale-up by at most 100 % or 4
pods in 15 s, whichever is more, without stabilisation; scale-down to the highest recommendation of the last 300 s,
with no further limit. Pods not yet ready count as using no CPU when the answer is to scale up.

From the KEDA documentation, "Apache Kafka" scaler: the metric is the sum of the partitions' lags with `lagThreshold`
(default 10) as its AverageValue target, for which the autoscaler computes ceil(lag / lagThreshold); by default the
lag is capped at lagThreshold times the partition count; with `ensureEvenDistributionOfPartitions` it is replaced by
lagThreshold times the next divisor of the partition count.
"""

from dataclasses import dataclass
from math import ceil

from ingestor_operator.scaling import Observation

TOLERANCE = 0.1
STABILIZATION = 300.0


class Horizontal:
    """The behaviour shared by every metric: tolerance is the metric's, the rest is here."""

    def __init__(self, minimum: int, maximum: int) -> None:
        self.minimum = minimum
        self.maximum = maximum
        self._recommended: list[tuple[float, int]] = []

    def limit(self, now: float, current: int, desired: int) -> int:
        """The replicas to set, after stabilisation, policies and bounds."""
        if not self._recommended:
            self._recommended.append((now, current))
        self._recommended = [r for r in self._recommended if r[0] > now - STABILIZATION]
        self._recommended.append((now, desired))
        if desired < current:
            desired = min(current, max(replicas for _, replicas in self._recommended))
        fastest = max(2 * current, current + 4)
        return max(self.minimum, min(desired, fastest, self.maximum))


@dataclass
class Keda:
    """KEDA's Kafka trigger with AverageValue. `even` is ensureEvenDistributionOfPartitions."""

    horizontal: Horizontal
    lag_threshold: int = 10
    even: bool = False
    interval: int = 15

    def desired(self, observation: Observation, used: float) -> int:
        """The replicas to set. `used` is not looked at."""
        lag, partitions = observation.lag or 0, len(observation.partitions)
        if self.even:
            divisors = [n for n in range(1, partitions + 1) if partitions % n == 0]
            factor = next((n for n in divisors if n * self.lag_threshold >= lag), partitions)
            lag = factor * self.lag_threshold
        if lag // self.lag_threshold > partitions:
            lag = partitions * self.lag_threshold
        current = observation.replicas
        within = abs(1 - lag / (self.lag_threshold * current)) <= TOLERANCE
        wanted = current if within else ceil(lag / self.lag_threshold)
        return self.horizontal.limit(observation.time, current, wanted)


@dataclass
class Cpu:
    """A Resource metric on CPU. A consumer at its full rate is taken to use all the CPU it requests."""

    horizontal: Horizontal
    target: float = 0.7
    interval: int = 15

    def desired(self, observation: Observation, used: float) -> int:
        """The replicas to set. `used` is the mean use of the ready pods, 0 to 1."""
        current, ready = observation.replicas, max(observation.ready, 1)
        ratio = used / self.target
        pods = ready
        if ratio > 1 and ready < current:
            ratio = used * ready / current / self.target
            pods = current
            if ratio < 1:
                return self.horizontal.limit(observation.time, current, current)
        wanted = current if abs(1 - ratio) <= TOLERANCE else ceil(ratio * pods)
        return self.horizontal.limit(observation.time, current, wanted)
