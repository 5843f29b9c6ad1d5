"""The scaling decision: how many consumers there should be, why, and from which numbers."""

from dataclasses import dataclass, field

from ingestor_operator.scaling.observation import LagState, Observation
from ingestor_operator.scaling.reasons import Direction, Reason
from ingestor_operator.scaling.spec import ScalingSpec
from ingestor_operator.scaling.state import ScalingState


@dataclass(frozen=True, slots=True)
class Inputs:
    """The numbers a decision was taken from; rates in records a second, times in seconds.

    `rate_per_replica` is None until learned. `lag_seconds` is how long the present consumers need for the
    present lag at that rate. `wanted` is the number before bounds and windows, None where none was computed.
    """

    lag_state: LagState
    lag: int | None
    lag_seconds: float | None
    arrival_rate: float
    rate_per_replica: float | None
    partitions: int
    stuck_partitions: tuple[int, ...]
    ready: int
    members: int
    group_state: str
    minimum: int
    maximum: int
    drain_target: float
    wanted: int | None


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do now. Write `replicas` through the scale subresource when it differs from `current`."""

    time: float
    direction: Direction
    reason: Reason
    message: str
    current: int
    replicas: int
    inputs: Inputs
    limited: bool = field(default=False)
    """True where min, max or the partition count kept the number from what the load asks for."""

    @property
    def changes(self) -> bool:
        """Whether the number of consumers is to be written."""
        return self.replicas != self.current


def decide(spec: ScalingSpec, observation: Observation, state: ScalingState) -> tuple[Decision, ScalingState]:
    """The decision for this observation and the state to hand to the next call.

    Pure: the same arguments give the same result. If the write fails, call again with the new state; the
    decision is taken anew from what is then observed.
    """
    raise NotImplementedError
