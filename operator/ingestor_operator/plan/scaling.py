"""The scaling's words for a resource and what was observed of it."""

from datetime import datetime
from typing import Any

from ingestor_operator.kafka.facts import KafkaFacts, KafkaObservation
from ingestor_operator.model.resource import Resource
from ingestor_operator.scaling import Observation, ScalingSpec, ScalingState, load_decision


def scaling_spec(resource: Resource) -> ScalingSpec:
    """Bounds and targets as the spec says."""
    consumer = resource.spec.consumer
    return ScalingSpec(
        minimum=resource.spec.min_consumers,
        maximum=resource.spec.max_consumers,
        enabled=consumer.autoscaling.enabled,
        drain_target=consumer.autoscaling.drain_target_seconds,
        scale_down_stabilization=consumer.autoscaling.scale_down_stabilization_seconds,
        interval=consumer.autoscaling.interval_seconds,
        pinned=consumer.replicas.pin,
    )


def scaling_observation(
    resource: Resource,
    kafka: KafkaObservation,
    deployment: dict[str, Any] | None,
    now: datetime,
    database_outage: str | None = None,
) -> Observation:
    """The group and the consumer Deployment at one moment; an unreachable Kafka is a group not known."""
    spec = (deployment or {}).get("spec") or {}
    status = (deployment or {}).get("status") or {}
    pods = {"replicas": spec.get("replicas", 0), "ready": status.get("readyReplicas", 0)}
    if not isinstance(kafka, KafkaFacts):
        return Observation(time=now.timestamp(), database_outage=database_outage, **pods)
    topic = kafka.topics.get(resource.spec.kafka.topic.name)
    return Observation(
        time=now.timestamp(),
        group_state=kafka.group.state,
        partitions=kafka.group.offsets,
        members=kafka.group.members,
        topic_id=topic.id if topic else None,
        database_outage=database_outage,
        **pods,
    )


def scaling_memory(resource: Resource) -> ScalingState:
    """What an operator that has just started knows of the scaling, from the status that the last one wrote.

    The rate of one consumer counts as confirmed when the newest decision was taken: it was believed then. Without
    such a time it is as good as one from long ago.
    """
    consumer, decisions = resource.status.consumer, resource.status.decisions
    try:
        believed_at = load_decision(decisions[0]).time.timestamp() if decisions else 0.0
    except ValueError:  # another release's
        believed_at = 0.0
    return ScalingState.resumed(consumer.rate_per_replica if consumer else None, believed_at)
