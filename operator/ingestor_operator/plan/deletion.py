"""What happens to the topics when the resource is deleted."""

from dataclasses import dataclass
from datetime import timedelta

from ingestor_operator.kafka.facts import KafkaFacts, KafkaObservation, KafkaUnreachable
from ingestor_operator.model.resource import FINALIZER, Resource
from ingestor_operator.plan.ownership import ADOPT_TOPIC
from ingestor_operator.plan.problem import Problem
from ingestor_operator.plan.topics import lag_in_words
from ingestor_operator.scaling import Observation

FINALIZER_REFUSED = "FinalizerRefused"


@dataclass(frozen=True)
class DeletionView:
    """What was observed of a resource that is being deleted."""

    kafka: KafkaObservation
    lag: Observation
    rivals: tuple[str, ...]
    """Whoever else claims one of its topics."""
    managed: frozenset[str]
    """Topics that were made for it, or that a person has said may be changed."""
    namespace_ends: bool
    """Whether the whole namespace is being deleted, and the consumers with it."""
    waited: timedelta
    """Time since the deletion was asked for."""
    foreign_groups: tuple[str, ...] = ()
    """Other groups that have members or offsets on its topics."""
    untold_groups: tuple[str, ...] = ()
    """Other groups of which that cannot be told."""
    hidden_groups: str | None = None
    """The groups of which Kafka refuses to tell it, where it lists them; its words, and the right that lacks."""


@dataclass(frozen=True)
class Release:
    """Let the resource go; `deleted` topics first, and say what became of the others."""

    deleted: tuple[str, ...] = ()
    notice: Problem | None = None


@dataclass(frozen=True)
class Wait:
    """Keep the resource for now."""

    problem: Problem


def plan_deletion(resource: Resource, view: DeletionView, patience: timedelta) -> Release | Wait:
    """Whether topics are deleted, kept, or waited for; never longer than the patience.

    Data is never deleted while something still needs it: what cannot be deleted in time is kept.
    """
    if keeps_topics(resource):
        return Release()
    refusal = _refusal(resource, view)
    if refusal is None:
        return _release(resource, view)
    if view.rivals or view.namespace_ends or view.waited >= patience:
        return Release(notice=Problem("TopicRetained", f"{refusal.message} The topic is kept."))
    return Wait(refusal)


def lacks_finalizer(resource: Resource) -> bool:
    """Whether nothing would hold the resource until its topics are deleted: they would be kept."""
    return not keeps_topics(resource) and FINALIZER not in resource.finalizers


def refused_finalizer(words: str) -> Problem:
    """The finalizer is refused; `words` are the API server's, a whole sentence."""
    return Problem(
        FINALIZER_REFUSED,
        f"The topics would stay if the resource was deleted, in spite of deletionPolicy Delete: the API server refuses"
        f" the finalizer {FINALIZER}. {words}",
    )


def keeps_topics(resource: Resource) -> bool:
    """Whether nothing is to be deleted in Kafka, whatever is there."""
    spec = resource.spec
    return spec.kafka.topic.deletion_policy == "Retain" or spec.mode == "Observe" or spec.paused


def _refusal(resource: Resource, view: DeletionView) -> Problem | None:
    name = resource.spec.kafka.topic.name
    if view.rivals:
        return Problem("TopicClaimed", f"Topic {name} is claimed by {', '.join(view.rivals)} too.")
    if isinstance(view.kafka, KafkaUnreachable):
        return Problem(view.kafka.reason, f"Topic {name} cannot be deleted: {view.kafka.message}")
    going = view.managed & set(_existing(resource, view.kafka))
    if not going:
        return None
    if name in going and view.lag.lag != 0:
        words = lag_in_words(view.lag.lag, view.lag.lag_state)
        return Problem(
            "LagRemains",
            f"Topic {name} is not deleted while {words}; {_finishing(resource)}, or set deletionPolicy: Retain.",
        )
    if view.foreign_groups:
        groups = ", ".join(view.foreign_groups)
        return Problem(
            "ForeignGroups",
            f"Topic {name} is not deleted while other groups have members or offsets on it or its dead letters:"
            f" {groups}.",
        )
    if view.untold_groups:
        groups = ", ".join(view.untold_groups)
        return Problem(
            "ForeignGroups",
            f"Topic {name} is not deleted while it cannot be told whether other groups have members or offsets on it"
            f" or its dead letters: {groups}.",
        )
    if view.hidden_groups:
        return Problem(
            "ForeignGroups",
            f"Topic {name} is not deleted while Kafka does not show whether other groups read it or its dead letters:"
            f" {view.hidden_groups}.",
        )
    return None


def _finishing(resource: Resource) -> str:
    if resource.spec.consumer.replicas.pin == 0:
        return "the consumers are pinned to 0, so unpin them"
    return "let the consumers finish"


def _release(resource: Resource, view: DeletionView) -> Release:
    names = _existing(resource, view.kafka)
    found = [name for name in names if name not in view.managed]
    return Release(tuple(name for name in names if name in view.managed), _kept(found) if found else None)


def _kept(found: list[str]) -> Problem:
    return Problem(
        "TopicRetained",
        f"Topic {', '.join(found)} was not made by the operator, and the resource has not taken it over"
        f' ({ADOPT_TOPIC}: "true"). The topic is kept.',
    )


def _existing(resource: Resource, kafka: KafkaObservation) -> tuple[str, ...]:
    names = (resource.spec.kafka.topic.name, resource.spec.kafka.dead_letter_topic.name)
    return tuple(name for name in names if isinstance(kafka, KafkaFacts) and name in kafka.topics)
