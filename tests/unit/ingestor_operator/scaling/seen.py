"""Observations and states to decide on, written down shortly."""

from dataclasses import replace

from ingestor_operator.scaling import (
    Decision,
    GroupState,
    Member,
    Observation,
    PartitionOffsets,
    ScalingSpec,
    ScalingState,
    decide,
)
from ingestor_operator.scaling.rates import PartitionHistory, Rates, learn
from ingestor_operator.scaling.window import Window

NOON = 1_800_000_000.0
"""The time most observations are made at, in seconds since the epoch."""


def members(count: int, partitions: int) -> tuple[Member, ...]:
    """`count` members that share `partitions` evenly."""
    return tuple(Member(f"consumer-{n}", tuple(range(n, partitions, count))) for n in range(count))


def seen(
    lags: list[int],
    *,
    time: float = NOON,
    replicas: int = 1,
    end: int | list[int] = 10_000_000,
    ready: int | None = None,
    joined: int | None = None,
    state: GroupState = GroupState.STABLE,
    topic_id: str = "first",
) -> Observation:
    """A group with these lags by partition; by default stable, and all of its consumers ready and joined."""
    ends = end if isinstance(end, list) else [end] * len(lags)
    ready = replicas if ready is None else ready
    return Observation(
        time=time,
        replicas=replicas,
        ready=ready,
        group_state=state,
        partitions=tuple(PartitionOffsets(p, 0, ends[p], ends[p] - lag) for p, lag in enumerate(lags)),
        members=members(ready if joined is None else joined, len(lags)),
        topic_id=topic_id,
    )


def believing(
    observation: Observation,
    *,
    rate: float | None,
    arrival: float = 0.0,
    drain: float | None = None,
    ago: float = 10.0,
    held: Window | None = None,
) -> ScalingState:
    """What the scaling knows `ago` seconds before `observation` of the same group.

    `arrival` and `drain` are records a second of the whole group, spread evenly; `held` are the recommendations of
    the stabilisation window, by default one from long ago for the present replicas.
    """
    then = observation.time - ago
    count = len(observation.partitions)
    arrived, drained = (round(rate * ago / count) for rate in (arrival, arrival if drain is None else drain))
    histories = tuple(
        PartitionHistory(
            partition=p.partition,
            end=(p.end or 0) - arrived,
            position=p.position - drained,
            fresh_at=then,
            end_then=(p.end or 0) - arrived,
            arrival=arrival / count,
            drain=(arrival if drain is None else drain) / count,
        )
        for p in observation.partitions
    )
    rates = Rates(
        time=then,
        topic_id=observation.topic_id,
        assignment=learn(Rates(), observation).assignment,
        partitions=histories,
        per_replica=rate,
        learned_at=then,
    )
    window = ((then - 299.0, observation.replicas),) if held is None else held
    return ScalingState(seen_at=then, replicas=observation.replicas, rates=rates, window=window)


def play(spec: ScalingSpec, observations: list[Observation], state: ScalingState | None = None) -> list[Decision]:
    """The decisions on one observation after another, none of them carried out."""
    decisions = []
    state = state or ScalingState()
    for observation in observations:
        decision, state = decide(spec, observation, state)
        decisions.append(decision)
    return decisions


def with_rates(state: ScalingState, **changes: object) -> ScalingState:
    """The state with other rates."""
    return replace(state, rates=replace(state.rates, **changes))  # type: ignore[arg-type]
