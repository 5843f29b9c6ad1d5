"""Two resources that claim one topic, or one consumer group: the older has it, the younger says so."""

from collections.abc import Iterable

from ingestor_common.network_addresses import Broker, brokers_of
from ingestor_operator.kafka.facts import KafkaFacts, KafkaObservation
from ingestor_operator.model.resource import Resource
from ingestor_operator.plan.problem import Problem


def claim_problem(resource: Resource, others: Iterable[Resource], kafka: KafkaObservation) -> Problem | None:
    """Why the resource may not have its topics or its group, or None if it may; `kafka` is what was seen of them."""
    everyone = list(others)
    if owner := _eldest(rivals(resource, everyone, kafka), resource):
        shared = ", ".join(sorted(_topics(resource) & _topics(owner)))
        return Problem(
            "TopicClaimed",
            f"Topic {shared} belongs to IngestorDeployment {owner.key}, which is older; give this one other topics"
            " or delete it. Nothing is created for it until then.",
        )
    if owner := _eldest(_group_rivals(resource, everyone), resource):
        return Problem(
            "GroupClaimed",
            f"Consumer group {resource.spec.kafka.consumer_group} belongs to IngestorDeployment {owner.key}, which is"
            " older: neither could tell its own consumers in it. Create this one anew with another consumerGroup."
            " Nothing is created for it until then.",
        )
    return None


def rivals(resource: Resource, others: Iterable[Resource], kafka: KafkaObservation) -> list[Resource]:
    """Other resources that act on a topic of this one."""
    ids = _topic_ids(resource, kafka)
    return [
        other
        for other in others
        if other.uid != resource.uid
        and other.spec.mode == "Enforce"
        and _topics(other) & _topics(resource)
        and (_servers(other) & _servers(resource) or _topic_id(other) in ids)
    ]


def _group_rivals(resource: Resource, others: Iterable[Resource]) -> list[Resource]:
    """Other resources whose consumers are in this one's group, of the same Kafka by its address."""
    group = resource.spec.kafka.consumer_group
    return [
        other
        for other in others
        if other.uid != resource.uid
        and other.spec.mode == "Enforce"
        and other.spec.kafka.consumer_group == group
        and _servers(other) & _servers(resource)
    ]


def _eldest(found: Iterable[Resource], than: Resource) -> Resource | None:
    """The eldest of those that are older than this one."""
    return min((other for other in found if _age(other) < _age(than)), key=_age, default=None)


def _age(resource: Resource) -> tuple[float, str]:
    """Earlier sorts first; the uid decides between resources of the same second."""
    return resource.created.timestamp(), resource.uid


def _topics(resource: Resource) -> set[str]:
    kafka = resource.spec.kafka
    return {kafka.topic.name, kafka.dead_letter_topic.name}


def _topic_ids(resource: Resource, kafka: KafkaObservation) -> set[str]:
    """Ids of the resource's topics: they tell one cluster where two addresses lead to it, at the first look too."""
    if isinstance(kafka, KafkaFacts):
        return {facts.id for facts in kafka.topics.values()}
    known = _topic_id(resource)
    return {known} if known else set()


def _topic_id(resource: Resource) -> str | None:
    return resource.status.topic.id if resource.status.topic else None


def _servers(resource: Resource) -> set[Broker]:
    return set(brokers_of(resource.spec.kafka.bootstrap_servers))
