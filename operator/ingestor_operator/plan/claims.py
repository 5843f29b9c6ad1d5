"""Two resources that claim one topic, or one consumer group: who holds it keeps it, else the older has it.

Only a resource that has reached that Kafka claims anything: one that cannot log in holds up nobody.
"""

from collections.abc import Iterable

from ingestor_operator.kafka.facts import KafkaFacts, KafkaObservation
from ingestor_operator.kafka.marks import OwnerMark
from ingestor_operator.model.resource import Resource
from ingestor_operator.plan.ownership import (
    ADOPT_TOPIC,
    GROUP_CLAIMED,
    TOPIC_CLAIMED,
    YIELDS,
    Neighbours,
    foreign_mark,
    has_reached,
    is_marked,
    is_same_kafka,
    may_take_over,
    servers,
    topics,
    yields,
)
from ingestor_operator.plan.problem import Problem

_NOTHING = "Nothing is created for it until then."


def claim_problem(resource: Resource, neighbours: Neighbours, kafka: KafkaObservation) -> Problem | None:
    """Why the resource may not have its topics or its group, or None if it may; `kafka` is what was seen of them."""
    return (
        _claimed_by_mark(resource, neighbours, kafka)
        or _claimed_by_age(resource, neighbours, kafka)
        or _group_claimed(resource, neighbours)
        or _still_claimed(resource, kafka)
    )


def rivals(resource: Resource, others: Iterable[Resource], kafka: KafkaObservation) -> list[Resource]:
    """Other resources that have reached a topic of this one, and would act on it."""
    ids = _topic_ids(resource, kafka)
    return [
        other
        for other in others
        if other.uid != resource.uid
        and other.spec.mode == "Enforce"
        and has_reached(other)
        and is_same_kafka(resource, other, ids)
    ]


def _claimed_by_mark(resource: Resource, neighbours: Neighbours, kafka: KafkaObservation) -> Problem | None:
    found = kafka.topics.values() if isinstance(kafka, KafkaFacts) else ()
    for topic in found:
        mark = foreign_mark(resource, topic, neighbours)
        if mark and not may_take_over(resource, topic):
            return Problem(TOPIC_CLAIMED, _by_mark(resource, topic.name, mark, neighbours))
    return None


def _by_mark(resource: Resource, topic: str, mark: OwnerMark, neighbours: Neighbours) -> str:
    if neighbours.find(mark.uid):
        whose = f"IngestorDeployment {mark.owner}"
    else:
        whose = f"IngestorDeployment {mark.owner} (uid {mark.uid}), which this operator does not serve"
    remedy = f'annotate it with {ADOPT_TOPIC}: "true" to take the topic over'
    if resource.annotations.get(ADOPT_TOPIC) == "true":
        remedy = f"remove its annotation {ADOPT_TOPIC}, which has taken the topic over once, and set it again"
    return (
        f"Topic {topic} belongs to {whose}, by its owner mark in Kafka; give this one other topics, delete it, or"
        f" {remedy}. {_NOTHING}"
    )


def _claimed_by_age(resource: Resource, neighbours: Neighbours, kafka: KafkaObservation) -> Problem | None:
    """Where no mark decides: by an older operator's resources, and while Kafka does not answer."""
    decided = _decided(resource, kafka)
    sharing = [other for other in rivals(resource, neighbours.others, kafka) if not decided & topics(other)]
    owner = _first(sharing, resource)
    if owner is None:
        return None
    shared = ", ".join(sorted(topics(resource) & topics(owner)))
    return Problem(
        TOPIC_CLAIMED,
        f"Topic {shared} belongs to IngestorDeployment {owner.key}, {_why(owner, resource)}; give this one other topics"
        f" or delete it. {_NOTHING}",
    )


def _decided(resource: Resource, kafka: KafkaObservation) -> set[str]:
    """The topics that the resource has by its mark, or by a person's word."""
    found = kafka.topics.values() if isinstance(kafka, KafkaFacts) else ()
    return {topic.name for topic in found if is_marked(resource, topic) or may_take_over(resource, topic)}


def _group_claimed(resource: Resource, neighbours: Neighbours) -> Problem | None:
    group = resource.spec.kafka.consumer_group
    sharing = [
        other
        for other in neighbours.others
        if other.uid != resource.uid
        and other.spec.mode == "Enforce"
        and other.spec.kafka.consumer_group == group
        and has_reached(other)
        and servers(other) & servers(resource)
    ]
    owner = _first(sharing, resource)
    if owner is None:
        return None
    return Problem(
        GROUP_CLAIMED,
        f"Consumer group {group} belongs to IngestorDeployment {owner.key}, {_why(owner, resource)}: neither could tell"
        f" its own consumers in it. Create this one anew with another consumerGroup. {_NOTHING}",
    )


def _still_claimed(resource: Resource, kafka: KafkaObservation) -> Problem | None:
    """What was said last, while Kafka does not answer: a mark that cannot be read is not gone."""
    last = resource.status.condition("TopicReady")
    if last is None or last.reason not in YIELDS or isinstance(kafka, KafkaFacts):
        return None
    return Problem(last.reason, last.message)


def _first(found: Iterable[Resource], than: Resource) -> Resource | None:
    """The first of those that come before this one and have not yielded to somebody."""
    before = (other for other in found if not yields(other) and _rank(other) < _rank(than))
    return min(before, key=_rank, default=None)


def _rank(resource: Resource) -> tuple[bool, float, str]:
    """Who has it sorts before who wants it, then the older; the uid decides between resources of the same second."""
    return not _has_it(resource), resource.created.timestamp(), resource.uid


def _has_it(resource: Resource) -> bool:
    return has_reached(resource) and not yields(resource)


def _why(owner: Resource, resource: Resource) -> str:
    return "which is older" if owner.created < resource.created else "which had it first"


def _topic_ids(resource: Resource, kafka: KafkaObservation) -> set[str]:
    """Ids of the resource's topics: they tell one cluster where two addresses lead to it, at the first look too."""
    if isinstance(kafka, KafkaFacts):
        return {facts.id for facts in kafka.topics.values()}
    told = (resource.status.topic, resource.status.dead_letter_topic)
    return {topic.id for topic in told if topic and topic.id}
