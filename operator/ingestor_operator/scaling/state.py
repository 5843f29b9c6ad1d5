"""What the scaling remembers between two decisions."""

from dataclasses import dataclass, field, replace

from ingestor_operator.scaling.observation import Observation
from ingestor_operator.scaling.rates import Rates, learn
from ingestor_operator.scaling.spec import ScalingSpec
from ingestor_operator.scaling.trial import Ceiling, Trial, went_back
from ingestor_operator.scaling.window import Window, remember

UNWATCHED_AFTER = 6
"""Intervals without an observation after which the stabilisation window starts anew."""


SET = 0.5
"""Seconds that the clock must have been set by to count as set; less is what reading it takes on a busy machine."""


@dataclass(frozen=True, slots=True)
class Deployed:
    """A consumer Deployment and the number of consumers that it was last seen with."""

    uid: str
    replicas: int


@dataclass(frozen=True, slots=True)
class ScalingState:
    """Everything learned so far; `ScalingState()` knows nothing yet.

    An operator that ends loses all but what `memory` keeps: the rest is learned again within two looks, and a
    scale-down then waits out a new stabilisation window.
    """

    seen_at: float = 0.0
    replicas: int = 0
    rates: Rates = field(default_factory=Rates)
    window: Window = ()
    trial: Trial | None = None
    ceiling: Ceiling | None = None
    deployed: Deployed | None = None
    booted: float | None = None
    """When the monotonic clock began, by the clock of the last look: it moves only where that clock is set."""

    def before(self, observation: Observation) -> int | None:
        """The number of consumers of the Deployment before, where this one was made in its place and has none yet."""
        known = self.deployed
        is_another = known is not None and observation.deployment_uid not in (None, known.uid)
        return known.replicas if known and is_another and observation.is_as_made else None

    def knowing_deployment(self, observation: Observation) -> "ScalingState":
        """The state with the Deployment as it is now, whoever gave it its number."""
        if observation.deployment_uid is None:
            return self
        return replace(self, deployed=Deployed(observation.deployment_uid, observation.replicas))

    def after(self, spec: ScalingSpec, observation: Observation) -> "ScalingState":
        """The state after one more observation, before anything is decided on it.

        A clock that was set makes all worthless but what one consumer drains, and what more of them did not bring: how
        long ago the look before was is not known. A scale-up that was not applied, or was overruled, is not watched.
        """
        booted = self.booted if observation.uptime is None else observation.time - observation.uptime
        was_set = booted is not None and self.booted is not None and abs(booted - self.booted) > SET
        known = self.at(observation.time) if was_set or observation.time < self.seen_at else self
        rates = learn(known.rates, observation, spec.interval)
        return replace(
            known,
            seen_at=observation.time,
            replicas=observation.replicas,
            rates=rates,
            window=_restarted(known, spec, observation),
            trial=_still_open(known.trial, rates, spec, observation),
            booted=booted,
        )

    def at(self, time: float) -> "ScalingState":
        """What remains known where the clock says `time`, and may have been ahead when the state was learned.

        A scale-up is watched from its begin again.
        """
        rates = Rates(per_replica=self.rates.per_replica, learned_at=min(self.rates.learned_at, time))
        ceiling = self.ceiling
        if ceiling is not None:
            ceiling = replace(ceiling, until=min(ceiling.until, time + ceiling.wait))
        trial = self.trial and replace(self.trial, began=time, settled_at=None)
        return ScalingState(rates=rates, trial=trial, ceiling=ceiling, deployed=self.deployed)

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
