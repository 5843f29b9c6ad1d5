"""The TopicReady condition and status.topic."""

from ingestor_common.counted_nouns import counted_noun
from ingestor_operator.act.outcome import Outcome
from ingestor_operator.kafka.facts import KafkaUnreachable
from ingestor_operator.model.status import Status, TopicStatus
from ingestor_operator.model.times import past, read_time
from ingestor_operator.observe.observation import Observation
from ingestor_operator.plan.ownership import CLAIM_PENDING, TOPIC_CLAIMED, is_adopted, is_marked, told_of, yields
from ingestor_operator.plan.plan import Plan
from ingestor_operator.plan.topics import INCREASE_WAITS, unsendable
from ingestor_operator.status.verdict import Verdict, Verdicts, condition, timestamp

_CLAIMED = {TOPIC_CLAIMED, CLAIM_PENDING}
"""Reasons by which the topic may be another resource's."""


def topic_verdict(observation: Observation, plan: Plan, outcome: Outcome) -> Verdict:
    """Whether the topics are as the spec says."""
    if plan.claim:
        return Verdict("False", plan.claim.reason, plan.claim.message)
    if isinstance(observation.kafka, KafkaUnreachable):
        return Verdict("False", observation.kafka.reason, observation.kafka.message)
    if outcome.topic_failures:
        messages = " ".join(failure.message for failure in outcome.topic_failures)
        return Verdict("False", outcome.topic_failures[0].reason, messages)
    if plan.topics.actions:
        steps = "; ".join(str(action) for action in plan.topics.actions)
        return Verdict("False", "Reconciling", f"To do: {steps}.")
    if problem := unsendable(observation.resource, observation.kafka):
        messages = " ".join(told.message for told in (problem, *plan.topics.problems))
        return Verdict("False", problem.reason, messages)
    if plan.topics.problems:
        # The topic works, if not as it was asked for.
        messages = " ".join(problem.message for problem in plan.topics.problems)
        return Verdict("True", plan.topics.problems[0].reason, messages)
    return Verdict("True", "TopicsReady", _description(observation))


def topic_status(observation: Observation, plan: Plan, outcome: Outcome, name: str) -> TopicStatus | None:
    """The topic of that name as Kafka has it; what was last known while Kafka does not say."""
    resource = observation.resource
    before = told_of(resource, name)
    servers, main = resource.spec.kafka.bootstrap_servers, resource.spec.kafka.topic.name
    for made in outcome.made:
        if made.name == name:
            return TopicStatus(name=name, id=made.id, partitions=made.partitions, made=True, bootstrap_servers=servers)
    if isinstance(observation.kafka, KafkaUnreachable):
        return before
    if name not in observation.kafka.topics:
        if outcome.outrun and before and before.id is None:
            # Somebody else was first: what was intended has not been made.
            return None
        # What Kafka has refused to make is claimed all the same, as the status said before it was tried.
        refused = resource.spec.mode == "Enforce" and name in plan.topics.missing
        # A topic with an id is known again by that; an intention without one is over.
        over = refused and (before is None or before.id is None)
        return TopicStatus(name=name, made=False, bootstrap_servers=servers) if over else before
    facts = observation.kafka.topics[name]
    used = is_marked(resource, facts) or bool(before and before.adopted and before.id == facts.id)
    return TopicStatus(
        name=name,
        id=facts.id,
        partitions=None if plan.claim and plan.claim.reason in _CLAIMED else facts.partitions,
        # A look that finds the topic claimed by another does not ask who has made it.
        made=name in plan.topics.made or bool(plan.claim and before and before.made and before.id == facts.id),
        adopted=True if used and is_adopted(resource) else None,
        increase_waits_since=_waits_since(observation, plan, before) if name == main else None,
        bootstrap_servers=servers,
    )


def intending_status(observation: Observation, plan: Plan) -> Status:
    """The status that says, before topics are made, that they are made for the resource, which yields to nobody now."""
    resource = observation.resource
    servers, kafka = resource.spec.kafka.bootstrap_servers, resource.spec.kafka
    fields = {"topic": kafka.topic.name, "dead_letter_topic": kafka.dead_letter_topic.name}
    made = {
        field: TopicStatus(name=name, partitions=0, made=True, bootstrap_servers=servers)
        for field, name in fields.items()
        if name in plan.topics.missing
    }
    told = resource.status
    if not yields(resource):
        return told.model_copy(update=made)
    verdict = topic_verdict(observation, plan, Outcome())
    verdicts: Verdicts = {"Ready": verdict, "TopicReady": verdict}
    conditions = [
        condition(kind, verdict, told.condition(kind), resource.generation, observation.now) for kind in verdicts
    ]
    others = [item for item in told.conditions if item.type not in verdicts]
    return told.model_copy(update={**made, "conditions": [*conditions, *others]})


def _waits_since(observation: Observation, plan: Plan, before: TopicStatus | None) -> str | None:
    if INCREASE_WAITS not in {problem.reason for problem in plan.topics.problems}:
        return None
    since = read_time(before.increase_waits_since) if before else None
    return timestamp(past(since or observation.now, observation.now))


def recreated(before: TopicStatus | None, after: TopicStatus | None) -> str | None:
    """A sentence where the topic is not the one it was, in one Kafka; its records and offsets are gone."""
    if before is None or after is None or before.name != after.name or None in (before.id, after.id):
        return None
    if before.id == after.id or before.bootstrap_servers not in (None, after.bootstrap_servers):
        return None
    return f"Topic {after.name} was deleted and created again: its id was {before.id} and is {after.id}."


def _description(observation: Observation) -> str:
    topic = observation.resource.spec.kafka.topic
    return (
        f"Topic {topic.name} has {counted_noun(topic.partitions, 'partition')} and replication factor"
        f" {topic.replication_factor}, and keeps records for {counted_noun(topic.retention_hours, 'hour')}."
    )
