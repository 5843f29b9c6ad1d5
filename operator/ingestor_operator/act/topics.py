"""Topic actions on the real Kafka."""

from collections.abc import Iterable

from confluent_kafka import KafkaException

from ingestor_operator.act.outcome import Outcome
from ingestor_operator.kafka.admin import Admin
from ingestor_operator.kafka.diagnosis import words
from ingestor_operator.plan.problem import Problem
from ingestor_operator.plan.topics import CreateTopic, RaisePartitions, SetConfig, TopicAction


async def act_on_topics(admin: Admin, actions: Iterable[TopicAction]) -> Outcome:
    """Take the actions one by one."""
    outcome = Outcome()
    for action in actions:
        outcome += await _act(admin, action)
    return outcome


async def _act(admin: Admin, action: TopicAction) -> Outcome:
    try:
        match action:
            case CreateTopic(topic):
                await admin.create_topic(topic.name, topic.partitions, topic.replication_factor, topic.config)
                return _done("TopicCreated", f"Created topic {topic.name} with {topic.partitions} partitions.")
            case RaisePartitions(name, present, total):
                await admin.set_partitions(name, total)
                return _done("PartitionsRaised", f"Topic {name} has {total} partitions now, {present} before.")
            case SetConfig(name, changes):
                await admin.set_config(name, changes)
                settings = ", ".join(f"{key}={value}" for key, value in sorted(changes.items()))
                return _done("TopicConfigured", f"Set {settings} on topic {name}.")
    except KafkaException as error:
        message = f"Kafka refused to {action}: {words(error)}."
        return Outcome(topic_failures=(Problem("KafkaRefused", message),))


def _done(reason: str, message: str) -> Outcome:
    return Outcome(done=(Problem(reason, message),))
