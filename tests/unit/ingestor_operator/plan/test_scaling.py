"""The resource in the scaling's words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ingestor_operator.kafka.facts import GroupFacts, KafkaFacts, KafkaUnreachable, TopicFacts
from ingestor_operator.model.resource import Resource
from ingestor_operator.model.status import ConsumerStatus, DecisionRecord, Status
from ingestor_operator.plan.scaling import scaling_memory, scaling_observation, scaling_spec
from ingestor_operator.scaling import (
    Direction,
    GroupState,
    LagState,
    Member,
    Observation,
    PartitionOffsets,
    Reason,
    ScalingState,
    decide,
    dump_decision,
)
from ingestor_operator.status.scaling import active_verdict

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
DEPLOYMENT = {"spec": {"replicas": 2}, "status": {"readyReplicas": 1}}


def test_bounds_beyond_the_partitions_count_as_the_partitions(make_resource: Any) -> None:
    spec = scaling_spec(make_resource("minimal", {"consumer.replicas": {"min": 5, "max": 6}}))
    assert (spec.minimum, spec.maximum) == (3, 3)


def test_the_bounds_are_those_of_the_spec_and_of_the_partitions(make_resource: Any) -> None:
    spec = scaling_spec(make_resource("minimal", {"consumer.replicas": {"min": 2, "pinned": 1}}))
    assert (spec.minimum, spec.maximum, spec.pinned) == (2, 3, 1)
    assert (spec.drain_target, spec.scale_down_stabilization, spec.interval) == (60, 300, 10)


@pytest.mark.parametrize(("pinned", "counts"), [(0, 0), (2, 2), (3, 3), (5, 3)])
def test_a_pin_beyond_the_partitions_of_the_spec_counts_as_these(make_resource: Any, pinned: int, counts: int) -> None:
    resource = make_resource("minimal", {"consumer.replicas": {"pinned": pinned}})
    offsets = tuple(PartitionOffsets(number, 0, 9, 9) for number in range(6))
    seen = Observation(time=NOON.timestamp(), replicas=5, ready=5, partitions=offsets)
    decision, _ = decide(scaling_spec(resource), seen, ScalingState())
    assert (decision.replicas, decision.reason) == (counts, Reason.PINNED)
    message = active_verdict(decision, resource).message
    assert message.startswith("kubectl scale has asked for 5 consumers, the spec for 3 partitions. ") == (pinned == 5)


DOWN = KafkaUnreachable("KafkaUnreachable", "down")


@pytest.mark.parametrize(
    ("generation", "mode", "as_made"),
    # A person, or the operator, has said how many; in the mode Observe nobody may.
    [(1, "Enforce", True), (2, "Enforce", False), (None, "Enforce", False), (1, "Observe", False)],
)
def test_a_deployment_is_as_it_was_made_until_somebody_writes_a_number(
    make_resource: Any, generation: int | None, mode: str, as_made: bool
) -> None:
    resource = make_resource("minimal", {"mode": mode})
    seen = scaling_observation(resource, DOWN, DEPLOYMENT | {"metadata": {"generation": generation, "uid": "u"}}, NOON)
    assert (seen.is_as_made, seen.deployment_uid) == (as_made, "u")
    nothing = scaling_observation(resource, DOWN, None, NOON)
    assert (nothing.is_as_made, nothing.deployment_uid) == (False, None)


def test_what_kafka_and_kubernetes_say_is_put_together(make_resource: Any) -> None:
    offsets = (PartitionOffsets(0, 0, 9, 4),)
    facts = KafkaFacts(
        {"quiz-events": TopicFacts("quiz-events", "id", 1, 1)}, GroupFacts(GroupState.STABLE, (), offsets)
    )
    seen = scaling_observation(make_resource(), facts, DEPLOYMENT, NOON)
    assert (seen.replicas, seen.ready, seen.lag, seen.topic_id) == (2, 1, 5, "id")
    assert seen.time == NOON.timestamp()


def test_an_unreachable_kafka_is_a_lag_not_known(make_resource: Any) -> None:
    seen = scaling_observation(make_resource(), KafkaUnreachable("r", "m"), DEPLOYMENT, NOON)
    assert (seen.lag_state, seen.replicas) == (LagState.UNKNOWN, 2)


def told(resource: Resource, rate: float | None, decisions: list[DecisionRecord]) -> Resource:
    """The resource with a status that says so."""
    consumer = ConsumerStatus(replicas=1, ready=1, desired=1, lag_state="Known", rate_per_replica=rate)
    return replace(resource, status=Status(consumer=consumer, decisions=decisions))


def decided(resource: Resource, at: datetime) -> DecisionRecord:
    decision, _ = decide(scaling_spec(resource), Observation(at.timestamp(), 1, 1), ScalingState())
    return dump_decision(decision)


def fallen_behind() -> Observation:
    """One consumer of three partitions with 30,000 records waiting, seen for the first time."""
    offsets = tuple(PartitionOffsets(p, 0, 50_000, 40_000) for p in range(3))
    return Observation(NOON.timestamp(), 1, 1, GroupState.STABLE, offsets, (Member("c", (0, 1, 2)),))


def test_a_restarted_operator_meets_its_first_rise_with_the_rate_that_the_status_tells(make_resource: Any) -> None:
    resource = make_resource()
    known = told(resource, 200.0, [decided(resource, NOON - timedelta(hours=1))])
    blind, _ = decide(scaling_spec(resource), fallen_behind(), scaling_memory(resource, NOON))
    informed, _ = decide(scaling_spec(resource), fallen_behind(), scaling_memory(known, NOON))
    assert (blind.direction, blind.reason) == (Direction.HOLD, Reason.RATE_UNKNOWN)
    assert (informed.direction, informed.replicas) == (Direction.UP, 2)


def test_the_rate_counts_as_confirmed_when_the_newest_decision_was_taken(make_resource: Any) -> None:
    resource = make_resource()
    newest, older = (decided(resource, NOON - timedelta(hours=hours)) for hours in (7, 9))
    rates = scaling_memory(told(resource, 200.0, [newest, older]), NOON).rates
    assert (rates.per_replica, rates.learned_at) == (200.0, (NOON - timedelta(hours=7)).timestamp())


def test_a_rate_without_a_known_time_is_one_from_long_ago(make_resource: Any) -> None:
    for decisions in ([], [{"written": "by another release"}]):
        rates = scaling_memory(told(make_resource(), 200.0, decisions), NOON).rates
        assert (rates.per_replica, rates.learned_at) == (200.0, 0.0)


def test_a_status_that_tells_no_rate_leaves_nothing_known(make_resource: Any) -> None:
    resource = make_resource()
    for status in (resource, *(told(resource, rate, [decided(resource, NOON)]) for rate in (None, 0.0))):
        assert scaling_memory(status, NOON) == ScalingState()


def test_the_kept_memory_counts_before_the_rate_that_is_shown(make_resource: Any) -> None:
    resource = told(make_resource(), 200.0, [decided(make_resource(), NOON)])
    kept = {"version": 1, "ratePerReplica": 333.0, "learnedAt": NOON.timestamp() - 600}
    known = scaling_memory(replace(resource, status=resource.status.model_copy(update={"scaling": kept})), NOON)
    assert (known.rates.per_replica, known.rates.learned_at) == (333.0, NOON.timestamp() - 600)
