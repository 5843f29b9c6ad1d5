"""A decision and the numbers it was taken from."""

from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from ingestor_operator.scaling.observation import GroupState, LagState, Observation
from ingestor_operator.scaling.rates import Rates
from ingestor_operator.scaling.reasons import Direction, Reason
from ingestor_operator.scaling.spec import ScalingSpec


class Inputs(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The numbers a decision was taken from; rates in records a second, times in seconds.

    `rate_per_replica` is None until learned. `lag_seconds` is how long the ready consumers need for the present
    lag at that rate. `wanted` is the number the load asks for before bounds and windows (more than there are
    partitions where these do not suffice), None where it was not computed.
    """

    lag_state: LagState
    lag: int | None = None
    lag_seconds: float | None = None
    arrival_rate: float
    rate_per_replica: float | None = None
    partitions: int
    stuck_partitions: tuple[int, ...] = ()
    ready: int
    members: int
    group_state: GroupState
    minimum: int
    maximum: int
    drain_target: float
    wanted: int | None = None


class Decision(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What to do now. Write `replicas` through the scale subresource when it differs from `current`.

    `time` is in UTC. `limited` says that min, max or the partition count kept the number from what the load
    asks for. `taken` is false where a move was not made: the mode is Observe, or the API server refused it.
    """

    time: datetime
    direction: Direction
    reason: Reason
    message: str
    current: int
    replicas: int
    inputs: Inputs
    limited: bool = False
    taken: bool = True

    @property
    def changes(self) -> bool:
        """Whether the number of consumers is to be written."""
        return self.replicas != self.current


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one rule answers; `replicas` None keeps the current number."""

    direction: Direction
    reason: Reason
    message: str
    replicas: int | None = None
    wanted: int | None = None
    limited: bool = False


def hold(reason: Reason, message: str, wanted: int | None = None, limited: bool = False) -> Verdict:
    """The verdict to change nothing."""
    return Verdict(Direction.HOLD, reason, message, wanted=wanted, limited=limited)


def record(spec: ScalingSpec, observation: Observation, rates: Rates, verdict: Verdict) -> Decision:
    """The verdict with everything that was known when it was given."""
    return Decision(
        time=datetime.fromtimestamp(observation.time, UTC),
        direction=verdict.direction,
        reason=verdict.reason,
        message=verdict.message,
        current=observation.replicas,
        replicas=observation.replicas if verdict.replicas is None else verdict.replicas,
        limited=verdict.limited,
        inputs=Inputs(
            lag_state=observation.lag_state,
            lag=observation.lag,
            lag_seconds=_lag_seconds(observation, rates),
            arrival_rate=rates.arrival,
            rate_per_replica=rates.per_replica,
            partitions=len(observation.partitions),
            stuck_partitions=rates.stuck,
            ready=observation.ready,
            members=len(observation.members),
            group_state=observation.group_state,
            minimum=spec.minimum,
            maximum=spec.maximum,
            drain_target=spec.drain_target,
            wanted=verdict.wanted,
        ),
    )


def _lag_seconds(observation: Observation, rates: Rates) -> float | None:
    if not rates.per_replica or not observation.ready or observation.lag is None:
        return None
    return observation.lag / (rates.per_replica * observation.ready)
