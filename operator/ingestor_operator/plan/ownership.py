"""Whose a topic is: by its owner mark in Kafka, else by what the status says of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec.structs import replace

from ingestor_common.network_addresses import Broker, brokers_of
from ingestor_operator import API_GROUP
from ingestor_operator.kafka.facts import KafkaFacts, TopicFacts
from ingestor_operator.kafka.marks import OwnerMark
from ingestor_operator.model.resource import Resource
from ingestor_operator.model.status import TopicStatus
from ingestor_operator.model.times import age
from ingestor_operator.plan.problem import Problem

ADOPT_TOPIC = f"{API_GROUP}/adopt-topic"
RENEW_AFTER = timedelta(hours=1)
"""Age at which a mark is written again: Kafka drops it after 7 days, or sooner where a cluster is set so."""
TOPIC_CLAIMED, GROUP_CLAIMED, TOPIC_COMPACTED = "TopicClaimed", "GroupClaimed", "TopicCompacted"
CLAIM_PENDING = "ClaimPending"
YIELDS = {TOPIC_CLAIMED, GROUP_CLAIMED, CLAIM_PENDING, TOPIC_COMPACTED}
"""Reasons of TopicReady by which a resource leaves its topics to others."""


@dataclass(frozen=True)
class Neighbours:
    """Who else there is, as far as the operator sees."""

    others: tuple[Resource, ...]
    not_understood: frozenset[str] = frozenset()
    """Uids of resources that another release wrote."""
    namespace: str = ""
    """Uid of the resource's own namespace."""
    served: frozenset[str] = frozenset()
    """Uids of further namespaces of which the operator sees every resource."""
    admitted: frozenset[str] = frozenset()
    """Uids of resources that this operator has let have their topics and group; their status may not say so yet."""

    def find(self, uid: str) -> Resource | None:
        """The other resource of that uid."""
        return next((other for other in self.others if other.uid == uid), None)


@dataclass(frozen=True)
class MarkTopic:
    """Write the owner mark of a topic."""

    topic: str
    mark: OwnerMark
    before: OwnerMark | None

    @property
    def renews(self) -> bool:
        """Whether the resource's own mark is there already."""
        return self.before is not None and self.before.uid == self.mark.uid


def own_mark(resource: Resource, namespace: str, topic_id: str, made: bool, now: datetime) -> OwnerMark:
    """The mark that the resource writes."""
    return OwnerMark(resource.key, resource.uid, namespace, topic_id, made, now.timestamp())


def is_marked(resource: Resource, topic: TopicFacts) -> bool:
    """Whether the topic carries the resource's own mark."""
    return topic.mark is not None and topic.mark.uid == resource.uid and not topic.mark.released


def foreign_mark(resource: Resource, topic: TopicFacts, neighbours: Neighbours) -> OwnerMark | None:
    """The mark by which the topic is somebody else's; a mark of a resource that is gone counts no more."""
    mark = topic.mark
    if mark is None or mark.uid == resource.uid or mark.released:
        return None
    if owner := neighbours.find(mark.uid):
        return mark if is_same_kafka(resource, owner, {topic.id}) else None
    seen = {neighbours.namespace, *neighbours.served}
    if mark.namespace in seen and mark.uid not in neighbours.not_understood:
        return None
    return mark


def is_adopted(resource: Resource) -> bool:
    """Whether a person has said that found topics may be changed, and taken over."""
    return resource.annotations.get(ADOPT_TOPIC) == "true"


def may_take_over(resource: Resource, topic: TopicFacts) -> bool:
    """Whether another's mark may be replaced. Once for each annotation: two that have it would take turns for ever."""
    last = told_of(resource, topic.name)
    return is_adopted(resource) and not (last and last.adopted and last.id == topic.id)


def is_made(resource: Resource, topic: TopicFacts, facts: KafkaFacts, neighbours: Neighbours) -> bool:
    """Whether the topic was made for the resource, for one of its name in its namespace that is gone, or for one that
    has given it back.
    """
    if mark := topic.mark:
        is_former = mark.owner == resource.key and not foreign_mark(resource, topic, neighbours)
        inherited = mark.released or is_former
        return mark.made and (mark.uid == resource.uid or inherited)
    if is_of_former_release(resource, facts):
        return True
    last = told_of(resource, topic.name)
    if last is None or not last.made:
        return False
    # Whose id is not known was asked for in one Kafka: in another one it is a stranger's.
    return last.id == topic.id if last.id else not has_moved(resource)


def is_held(resource: Resource, topic: TopicFacts, facts: KafkaFacts) -> bool:
    """Whether the status says that the resource has used this very topic."""
    last = told_of(resource, topic.name)
    known = last is not None and last.id == topic.id
    return (known or is_of_former_release(resource, facts)) and not yields(resource)


def is_of_former_release(resource: Resource, facts: KafkaFacts) -> bool:
    """Whether a release without owner marks has kept these very topics to their settings."""
    last, topic = resource.status.topic, facts.topics.get(resource.spec.kafka.topic.name)
    same = last is not None and last.made is None and topic is not None and last.id == topic.id
    return same and not yields(resource)


def is_managed(resource: Resource, topic: TopicFacts, facts: KafkaFacts, neighbours: Neighbours) -> bool:
    """Whether the topic may be changed and deleted with the resource: it was made for it, or is used and adopted."""
    if is_made(resource, topic, facts, neighbours):
        return True
    used = is_marked(resource, topic) or is_held(resource, topic, facts)
    return is_adopted(resource) and used and not is_compacted(topic)


def is_compacted(topic: TopicFacts) -> bool:
    """Whether Kafka keeps only the last record of each key."""
    return "compact" in topic.config.get("cleanup.policy", "")


def acts(resource: Resource) -> bool:
    """Whether the resource claims what it names. One that observes for a while, as before an upgrade, has consumers."""
    return resource.spec.mode == "Enforce" or _has_consumers(resource)


def yields(resource: Resource) -> bool:
    """Whether the resource has left its topics alone: it said so last, or has only ever observed."""
    topic, ready = resource.status.condition("TopicReady"), resource.status.condition("Ready")
    observes = ready is not None and ready.reason == "Observing" and not _has_consumers(resource)
    return observes or (topic is not None and topic.reason in YIELDS)


def _has_consumers(resource: Resource) -> bool:
    consumer = resource.status.consumer
    return consumer is not None and consumer.replicas > 0


def has_reached(resource: Resource) -> bool:
    """Whether the status shows that it has read its topic in the Kafka that its spec names now."""
    last = resource.status.topic
    return last is not None and last.id is not None and has_claimed(resource)


def has_claimed(resource: Resource) -> bool:
    """Whether the status shows that it has read its topic there, or found it missing and is about to make it."""
    last = resource.status.topic
    if last is None or last.bootstrap_servers is None:
        return last is not None and last.id is not None
    return not has_moved(resource)


def has_moved(resource: Resource) -> bool:
    """Whether what the status says of topics is of other brokers than those that the spec names now."""
    last = resource.status.topic
    if last is None or last.bootstrap_servers is None:
        return False
    return not set(brokers_of(last.bootstrap_servers)) & servers(resource)


def told_of(resource: Resource, name: str) -> TopicStatus | None:
    """What the status says of the topic of that name."""
    status = resource.status
    return next((told for told in (status.topic, status.dead_letter_topic) if told and told.name == name), None)


def is_same_kafka(resource: Resource, other: Resource, ids: Iterable[str]) -> bool:
    """Whether both share a topic: by a shared broker, or by one of the ids of the resource's topics."""
    told = {topic.id for topic in (other.status.topic, other.status.dead_letter_topic) if topic and topic.id}
    return bool(topics(other) & topics(resource)) and bool(servers(other) & servers(resource) or told & set(ids))


def topics(resource: Resource) -> set[str]:
    """Names of both topics."""
    kafka = resource.spec.kafka
    return {kafka.topic.name, kafka.dead_letter_topic.name}


def servers(resource: Resource) -> set[Broker]:
    """Brokers that the spec names."""
    return set(brokers_of(resource.spec.kafka.bootstrap_servers))


def plan_mark(
    resource: Resource, topic: TopicFacts, made: bool, neighbours: Neighbours, now: datetime
) -> MarkTopic | None:
    """The mark to write, or None where the resource's own is there and young."""
    before = topic.mark
    if before and is_marked(resource, topic) and age(before.renewed, now.timestamp()) < RENEW_AFTER.total_seconds():
        return None
    return MarkTopic(topic.name, own_mark(resource, neighbours.namespace, topic.id, made, now), before)


def released_marks(resource: Resource, facts: KafkaFacts, neighbours: Neighbours) -> tuple[MarkTopic, ...]:
    """Marks that give back what the resource holds beyond a topic that it has lost.

    Topics are taken in the order of their names, the same for all resources. So of two that hold one topic each and
    want the other's, exactly one gives its topic back.
    """
    lost = [
        topic.name
        for topic in facts.topics.values()
        if foreign_mark(resource, topic, neighbours) and not may_take_over(resource, topic)
    ]
    return tuple(
        MarkTopic(topic.name, replace(topic.mark, released=True), topic.mark)
        for topic in facts.topics.values()
        if topic.mark and is_marked(resource, topic) and lost and min(lost) < topic.name
    )


def mark_problem(resource: Resource, words: str) -> Problem:
    """What to say where marks cannot be written."""
    names = " and ".join(sorted(topics(resource)))
    return Problem(
        "TopicUnmarked",
        f"The owner mark of {names} can be neither read nor written ({words}), so another operator would not notice"
        " that they are in use; allow Read and Describe on consumer group ingestor-operator, and Read on the topics.",
    )
