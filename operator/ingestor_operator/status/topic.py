"""The TopicReady condition and status.topic."""

from ingestor_operator.act.outcome import Outcome
from ingestor_operator.kafka.facts import KafkaUnreachable
from ingestor_operator.model.status import TopicStatus
from ingestor_operator.observe.observation import Observation
from ingestor_operator.plan.plan import Plan
from ingestor_operator.status.verdict import Verdict


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
    if plan.topics.problems:
        # The topic works, if not as it was asked for.
        messages = " ".join(problem.message for problem in plan.topics.problems)
        return Verdict("True", plan.topics.problems[0].reason, messages)
    return Verdict("True", "TopicsReady", _description(observation))


def topic_status(observation: Observation) -> TopicStatus | None:
    """The topic as Kafka has it; what was last known while Kafka does not say."""
    resource = observation.resource
    if isinstance(observation.kafka, KafkaUnreachable):
        return resource.status.topic
    facts = observation.kafka.topics.get(resource.spec.kafka.topic.name)
    if facts is None:
        return resource.status.topic
    return TopicStatus(name=facts.name, id=facts.id, partitions=facts.partitions)


def recreated(observation: Observation) -> str | None:
    """A sentence where the topic is not the one it was; its records and offsets are gone."""
    before, now = observation.resource.status.topic, topic_status(observation)
    if before and now and before.name == now.name and before.id != now.id:
        return f"Topic {now.name} was deleted and created again: its id was {before.id} and is {now.id}."
    return None


def _description(observation: Observation) -> str:
    topic = observation.resource.spec.kafka.topic
    return (
        f"Topic {topic.name} has {topic.partitions} partitions and replication factor"
        f" {topic.replication_factor}, and keeps records for {topic.retention_hours} hours."
    )
