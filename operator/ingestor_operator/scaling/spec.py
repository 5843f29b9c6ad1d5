"""What a person asked of the scaling: bounds, targets and pins."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ScalingSpec:
    """The scaling fields of an IngestorDeployment.

    `minimum` and `maximum` are numbers of consumers; the three times are seconds. `pinned` is the number
    `kubectl scale` asked for, None where nothing is pinned; it overrides `minimum` and `maximum` (so that
    0 stops the consumers) but not the partition count.
    """

    minimum: int = 1
    maximum: int = 3
    enabled: bool = True
    drain_target: float = 60.0
    scale_down_stabilization: float = 300.0
    interval: float = 10.0
    pinned: int | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.minimum <= self.maximum:
            raise ValueError(f"replicas: want 1 <= min <= max, got min {self.minimum}, max {self.maximum}")
        for name in ("drain_target", "scale_down_stabilization", "interval"):
            if getattr(self, name) <= 0:
                raise ValueError(f"autoscaling: {name} must be more than 0 seconds, got {getattr(self, name)}")
        if self.pinned is not None and self.pinned < 0:
            raise ValueError(f"pinned replicas must be 0 or more, got {self.pinned}")

    def bounded(self, replicas: int, partitions: int) -> int:
        """`replicas` within min..max and no more than `partitions` (0: the partition count is not known)."""
        ceiling = min(self.maximum, partitions) if partitions else self.maximum
        return max(min(replicas, ceiling), min(self.minimum, ceiling))
