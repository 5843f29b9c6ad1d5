"""What the scaling remembers between two decisions."""

from dataclasses import dataclass, field, replace
from typing import Self

import msgspec

from ingestor_operator.scaling.observation import Observation
from ingestor_operator.scaling.rates import Rates, learn
from ingestor_operator.scaling.spec import ScalingSpec
from ingestor_operator.scaling.trial import Ceiling, Trial, went_back
from ingestor_operator.scaling.window import Window, remember

UNWATCHED_AFTER = 6
"""Intervals without an observation after which the stabilisation window starts anew."""


@dataclass(frozen=True, slots=True)
class ScalingState:
    """Everything learned so far; `ScalingState()` knows nothing yet.

    It may be stored less often than it changes: what is lost is learned again, and a scale-down then waits out
    a new stabilisation window.
    """

    seen_at: float = 0.0
    replicas: int = 0
    rates: Rates = field(default_factory=Rates)
    window: Window = ()
    trial: Trial | None = None
    ceiling: Ceiling | None = None

    def dump(self) -> dict[str, object]:
        """Plain JSON types, for instance for the status of the resource. `load` gives an equal state."""
        result: dict[str, object] = msgspec.to_builtins(self)
        return result

    @classmethod
    def load(cls, raw: object) -> Self:
        """The state that was dumped; what cannot be understood (None, another version) gives a new one."""
        try:
            return msgspec.convert(raw, cls)
        except msgspec.ValidationError:
            return cls()

    @classmethod
    def resumed(cls, per_replica: float | None, believed_at: float) -> Self:
        """What is left of an earlier state: the rate of one consumer in records a second, believed at that time.

        A rate from long ago is doubted like one that no busy consumer has confirmed since then.
        """
        return cls(rates=Rates(per_replica=per_replica or None, learned_at=believed_at if per_replica else 0.0))

    def after(self, spec: ScalingSpec, observation: Observation) -> "ScalingState":
        """The state after one more observation, before anything is decided on it.

        A clock that went back makes everything remembered worthless. A scale-up that was not applied, or was
        overruled, is no longer watched.
        """
        known = self if observation.time >= self.seen_at else ScalingState()
        rates = learn(known.rates, observation, spec.interval)
        return replace(
            known,
            seen_at=observation.time,
            replicas=observation.replicas,
            rates=rates,
            window=_restarted(known, spec, observation),
            trial=_still_open(known.trial, rates, spec, observation),
        )

    def recommend(self, spec: ScalingSpec, replicas: int) -> "ScalingState":
        """The state with one more recommendation in its stabilisation window."""
        window = remember(self.window, self.seen_at, replicas, spec.scale_down_stabilization)
        return replace(self, window=window)


def _restarted(known: ScalingState, spec: ScalingSpec, observation: Observation) -> Window:
    gap = observation.time - known.seen_at
    if known.window and observation.replicas == known.replicas and gap <= UNWATCHED_AFTER * spec.interval:
        return known.window
    return remember(known.window, observation.time, observation.replicas, spec.scale_down_stabilization)


def _still_open(trial: Trial | None, rates: Rates, spec: ScalingSpec, observation: Observation) -> Trial | None:
    if trial is None or observation.replicas != trial.after:
        return None
    never_ready = trial.settled_at is None and observation.time - trial.began > spec.scale_down_stabilization
    return None if never_ready or went_back(trial, rates) else trial
