"""Two resources that claim one topic, or one consumer group: who holds it keeps it, else the older has it.

Only a resource that has reached that Kafka claims anything: one that cannot log in holds up nobody.
"""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from operator import itemgetter

from ingestor_operator.kafka.facts import KafkaFacts, KafkaObservation
from ingestor_operator.kafka.marks import OwnerMark
from ingestor_operator.model.resource import Resource
from ingestor_operator.plan.ownership import (
    ADOPT_TOPIC,
    CLAIM_PENDING,
    GROUP_CLAIMED,
    TOPIC_CLAIMED,
    YIELDS,
    Neighbours,
    acts,
    foreign_mark,
    has_claimed,
    has_moved,
    is_marked,
    is_same_kafka,
    may_take_over,
    servers,
    topics,
    yields,
)
from ingestor_operator.plan.problem import Problem

_NOTHING = "Until then nothing is created or changed for it; what it has runs on as it is."


@dataclass(frozen=True)
class _Claim:
    """One thing that somebody else has."""

    what: str
    field: str
    """Where the spec names it."""
    whose: str
    why: str
    by_mark: bool = False
    is_written: bool = True
    """Whether the owner's status or mark says so: what only this process knows does not outlast a crash."""


def claim_problem(resource: Resource, neighbours: Neighbours, kafka: KafkaObservation) -> Problem | None:
    """Why the resource may not have its topics or its group, or None if it may; `kafka` is what was seen of them."""
    marked = list(_claimed_by_mark(resource, neighbours, kafka))
    told = {claim.what for claim in marked}
    aged = [claim for claim in _claimed_by_age(resource, neighbours, kafka) if claim.what not in told]
    topics, groups = marked + aged, _group_claimed(resource, neighbours)
    if not topics and not groups:
        return _still_claimed(resource, kafka)
    if unwritten := [claim for claim in topics + groups if not claim.is_written]:
        return Problem(CLAIM_PENDING, _pending(unwritten))
    return Problem(TOPIC_CLAIMED if topics else GROUP_CLAIMED, _sentences(resource, topics, groups))


def rivals(
    resource: Resource, others: Iterable[Resource], kafka: KafkaObservation, admitted: AbstractSet[str] = frozenset()
) -> list[Resource]:
    """Other resources that have claimed a topic of this one, or were admitted to it, and would act on it."""
    ids = _topic_ids(resource, kafka)
    return [
        other
        for other in others
        if other.uid != resource.uid
        and acts(other)
        and (has_claimed(other) or other.uid in admitted)
        and is_same_kafka(resource, other, ids)
    ]


def _sentences(resource: Resource, topics: list[_Claim], groups: list[_Claim]) -> str:
    """Every claim at once: who has to make the resource anew is not to learn of the next one only then."""
    claims = topics + groups
    told: dict[tuple[str, str], list[str]] = {}
    for claim in claims:
        told.setdefault((claim.whose, claim.why), []).append(claim.what)
    belong = ", and ".join(
        f"{_listed(what)} {'belongs' if len(what) == 1 else 'belong'} to {whose}, {why}"
        for (whose, why), what in told.items()
    )
    fields = _listed([claim.field for claim in claims])
    remedy = f"Names cannot be changed, so delete this one and create it anew with another {fields}"
    if not groups and any(claim.by_mark for claim in topics):
        remedy += f", or {_take_over(resource)}"
    return f"{belong[0].upper()}{belong[1:]}. {remedy}. {_NOTHING}"


def _pending(claims: list[_Claim]) -> str:
    """Nobody is told to delete a resource for a claim that a crash could still give to it."""
    whose = _listed(sorted({claim.whose for claim in claims}))
    what = _listed([claim.what for claim in claims])
    return f"Waits for the status of {whose}, which is about to have {what}. {_NOTHING}"


def _listed(words: list[str]) -> str:
    *before, last = words
    return f"{', '.join(before)} and {last}" if before else last


def _take_over(resource: Resource) -> str:
    if resource.annotations.get(ADOPT_TOPIC) == "true":
        return (
            f"remove its annotation {ADOPT_TOPIC}, which has taken a topic over once, and set it again a minute later"
        )
    return f'annotate it with {ADOPT_TOPIC}: "true" to take over what is another\'s'


def _claimed_by_mark(resource: Resource, neighbours: Neighbours, kafka: KafkaObservation) -> Iterator[_Claim]:
    found = kafka.topics if isinstance(kafka, KafkaFacts) else {}
    for name, field in _fields(resource).items():
        topic = found.get(name)
        mark = foreign_mark(resource, topic, neighbours) if topic else None
        if topic and mark and not may_take_over(resource, topic):
            whose = _owner(mark, neighbours)
            yield _Claim(f"topic {name}", field, whose, "by the owner mark in Kafka", by_mark=True)


def _owner(mark: OwnerMark, neighbours: Neighbours) -> str:
    if neighbours.find(mark.uid):
        return f"IngestorDeployment {mark.owner}"
    return f"IngestorDeployment {mark.owner} (uid {mark.uid}), which this operator does not serve"


def _claimed_by_age(resource: Resource, neighbours: Neighbours, kafka: KafkaObservation) -> Iterator[_Claim]:
    """Where no mark decides: by an older operator's resources, and while Kafka does not answer."""
    decided = _decided(resource, kafka)
    found = rivals(resource, neighbours.others, kafka, neighbours.admitted)
    sharing = [other for other in found if not decided & topics(other)]
    for name, field in _fields(resource).items():
        owner = _first((other for other in sharing if name in topics(other)), resource, neighbours.admitted)
        if owner:
            yield _claim_of(owner, f"topic {name}", field, resource)


def _claim_of(owner: Resource, what: str, field: str, resource: Resource) -> _Claim:
    whose = f"IngestorDeployment {owner.key}"
    return _Claim(what, field, whose, _why(owner, resource), is_written=_is_written(owner))


def _fields(resource: Resource) -> dict[str, str]:
    """The names of both topics, and where the spec has them."""
    kafka = resource.spec.kafka
    return {kafka.topic.name: "kafka.topic.name", kafka.dead_letter_topic.name: "kafka.deadLetterTopic.name"}


def _decided(resource: Resource, kafka: KafkaObservation) -> set[str]:
    """The topics that the resource has by its mark, or by a person's word."""
    found = kafka.topics.values() if isinstance(kafka, KafkaFacts) else ()
    return {topic.name for topic in found if is_marked(resource, topic) or may_take_over(resource, topic)}


def _group_claimed(resource: Resource, neighbours: Neighbours) -> list[_Claim]:
    """In one group neither resource could tell its own consumers."""
    group = resource.spec.kafka.consumer_group
    sharing = [
        other
        for other in neighbours.others
        if other.uid != resource.uid
        and acts(other)
        and other.spec.kafka.consumer_group == group
        and (has_claimed(other) or other.uid in neighbours.admitted)
        and servers(other) & servers(resource)
    ]
    owner = _first(sharing, resource, neighbours.admitted)
    if owner is None:
        return []
    return [_claim_of(owner, f"consumer group {group}", "kafka.consumerGroup", resource)]


def _still_claimed(resource: Resource, kafka: KafkaObservation) -> Problem | None:
    """What was said last, while Kafka does not answer: a mark that cannot be read is not gone."""
    last = resource.status.condition("TopicReady")
    if last is None or last.reason not in YIELDS or isinstance(kafka, KafkaFacts) or has_moved(resource):
        return None
    return Problem(last.reason, last.message)


def _first(found: Iterable[Resource], than: Resource, admitted: AbstractSet[str]) -> Resource | None:
    """The first of those that come before this one and have not yielded to somebody."""
    acting = (other for other in found if other.uid in admitted or not yields(other))
    ranked = ((_rank(other, admitted), other) for other in acting)
    before = [(rank, other) for rank, other in ranked if rank < _rank(than, admitted)]
    return min(before, key=itemgetter(0))[1] if before else None


def _rank(resource: Resource, admitted: AbstractSet[str]) -> tuple[bool, float, str]:
    """Who has it sorts before who wants it, then the older; the uid decides between resources of the same second."""
    return not _has_it(resource, admitted), resource.created.timestamp(), resource.uid


def _has_it(resource: Resource, admitted: AbstractSet[str]) -> bool:
    return resource.uid in admitted or _is_written(resource)


def _is_written(resource: Resource) -> bool:
    """Whether the status says that the resource has its topics and its group, or is about to make them."""
    return has_claimed(resource) and not yields(resource)


def _why(owner: Resource, resource: Resource) -> str:
    return "which is older" if owner.created < resource.created else "which had it first"


def _topic_ids(resource: Resource, kafka: KafkaObservation) -> set[str]:
    """Ids of the resource's topics: they tell one cluster where two addresses lead to it, at the first look too."""
    if isinstance(kafka, KafkaFacts):
        return {facts.id for facts in kafka.topics.values()}
    told = () if has_moved(resource) else (resource.status.topic, resource.status.dead_letter_topic)
    return {topic.id for topic in told if topic and topic.id}
