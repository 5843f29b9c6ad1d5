"""Two resources that claim one topic: the older has it, the younger says so."""

from collections.abc import Iterable

from ingestor_operator.model.resource import Resource
from ingestor_operator.plan.problem import Problem


def claim_problem(resource: Resource, others: Iterable[Resource]) -> Problem | None:
    """Why the resource may not have its topics, or None if it may."""
    older = [other for other in rivals(resource, others) if _age(other) < _age(resource)]
    if not older:
        return None
    owner = min(older, key=_age)
    shared = ", ".join(sorted(_topics(resource) & _topics(owner)))
    return Problem(
        "TopicClaimed",
        f"Topic {shared} belongs to IngestorDeployment {owner.key}, which is older; give this one other topics"
        " or delete it. Nothing is created for it until then.",
    )


def rivals(resource: Resource, others: Iterable[Resource]) -> list[Resource]:
    """Other resources that act on a topic of this one."""
    return [
        other
        for other in others
        if other.uid != resource.uid
        and other.spec.mode == "Enforce"
        and _topics(other) & _topics(resource)
        and _same_kafka(other, resource)
    ]


def _age(resource: Resource) -> tuple[float, str]:
    """Earlier sorts first; the uid decides between resources of the same second."""
    return resource.created.timestamp(), resource.uid


def _topics(resource: Resource) -> set[str]:
    kafka = resource.spec.kafka
    return {kafka.topic.name, kafka.dead_letter_topic.name}


def _same_kafka(one: Resource, other: Resource) -> bool:
    """By a shared bootstrap server, or by the topic's id where two addresses lead to one cluster."""
    if _servers(one) & _servers(other):
        return True
    return bool(one.status.topic and other.status.topic and one.status.topic.id == other.status.topic.id)


def _servers(resource: Resource) -> set[str]:
    return set(resource.spec.kafka.bootstrap_servers.split(","))
