"""The scaling's words for a resource and what was observed of it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from ingestor_operator.kafka.facts import KafkaFacts, KafkaObservation
from ingestor_operator.manifests.manifest import Manifest
from ingestor_operator.model.resource import Resource
from ingestor_operator.scaling import Member, Observation, ScalingSpec, ScalingState, load_decision, load_memory


def scaling_spec(resource: Resource) -> ScalingSpec:
    """Bounds and targets as the spec says."""
    consumer, pin = resource.spec.consumer, resource.spec.consumer.replicas.pin
    return ScalingSpec(
        minimum=resource.spec.min_consumers,
        maximum=resource.spec.max_consumers,
        enabled=consumer.autoscaling.enabled,
        drain_target=consumer.autoscaling.drain_target_seconds,
        scale_down_stabilization=consumer.autoscaling.scale_down_stabilization_seconds,
        interval=consumer.autoscaling.interval_seconds,
        # A pin from before fewer partitions were asked for counts no more than the bounds do.
        pinned=None if pin is None else min(pin, resource.spec.kafka.topic.partitions),
    )


def scaling_observation(
    resource: Resource,
    kafka: KafkaObservation,
    deployment: Manifest | None,
    now: datetime,
    database_outage: str | None = None,
) -> Observation:
    """The group and the consumer Deployment at one moment; an unreachable Kafka is a group not known."""
    metadata = (deployment or {}).get("metadata") or {}
    spec = (deployment or {}).get("spec") or {}
    status = (deployment or {}).get("status") or {}
    seen = Observation(
        time=now.timestamp(),
        replicas=spec.get("replicas", 0),
        ready=status.get("readyReplicas", 0),
        database_outage=database_outage,
        deployment_uid=metadata.get("uid"),
        # managedFields do not tell: a scale of an object that was made by apply, by hand or by us, leaves none.
        is_as_made=metadata.get("generation") == 1 and resource.spec.mode == "Enforce",
    )
    if not isinstance(kafka, KafkaFacts):
        return replace(seen, kafka_outage=kafka.message)
    topic = kafka.topics.get(resource.spec.kafka.topic.name)
    return replace(
        seen,
        group_state=kafka.group.state,
        partitions=kafka.group.offsets,
        members=kafka.group.members,
        uptime=kafka.group.uptime,
        topic_id=topic.id if topic else None,
        foreign_members=_foreign_members(resource.spec.kafka.consumer_group, kafka.group.members),
    )


def _foreign_members(group: str, members: Iterable[Member]) -> str | None:
    kinds = sorted({member.unread for member in members if member.unread})
    return f"Group {group} has members of another kind ({', '.join(kinds)})" if kinds else None


def scaling_memory(resource: Resource, now: datetime) -> ScalingState:
    """What an operator that has just started knows of the scaling, from the status that the last one wrote.

    A release that kept no memory told the rate alone: it counts as confirmed when the newest decision was taken.
    """
    status = resource.status
    known = load_memory(status.scaling, now.timestamp())
    if known is not None:
        return known
    try:
        believed_at = load_decision(status.decisions[0]).time.timestamp() if status.decisions else 0.0
    except ValueError:  # another release's
        believed_at = 0.0
    rate = status.consumer.rate_per_replica if status.consumer else None
    memory = {"version": 1, "ratePerReplica": rate or None, "learnedAt": believed_at if rate else 0.0}
    return load_memory(memory, now.timestamp()) or ScalingState()
