"""The resource in the scaling's words."""

from datetime import UTC, datetime
from typing import Any

from ingestor_operator.kafka.facts import GroupFacts, KafkaFacts, KafkaUnreachable, TopicFacts
from ingestor_operator.plan.scaling import scaling_observation, scaling_spec
from ingestor_operator.scaling import GroupState, LagState, PartitionOffsets

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
DEPLOYMENT = {"spec": {"replicas": 2}, "status": {"readyReplicas": 1}}


def test_the_bounds_are_those_of_the_spec_and_of_the_partitions(make_resource: Any) -> None:
    spec = scaling_spec(make_resource("minimal", {"consumer.replicas": {"min": 2, "pinned": 1}}))
    assert (spec.minimum, spec.maximum, spec.pinned) == (2, 3, 1)
    assert (spec.drain_target, spec.scale_down_stabilization, spec.interval) == (60, 300, 10)


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
