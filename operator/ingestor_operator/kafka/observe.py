"""Reading of everything about a resource that Kafka knows."""

from confluent_kafka import KafkaException

from ingestor_operator.kafka.admin import Admin
from ingestor_operator.kafka.facts import GroupFacts, KafkaFacts, KafkaObservation, KafkaUnreachable
from ingestor_operator.model.kafka import Kafka
from ingestor_operator.scaling import PartitionOffsets


async def observe_kafka(admin: Admin, kafka: Kafka) -> KafkaObservation:
    """The topics, the group and its offsets, or why Kafka could not be read."""
    names = (kafka.topic.name, kafka.dead_letter_topic.name)
    try:
        topics = await admin.topics(names)
        topic = topics.get(kafka.topic.name)
        group = await _group(admin, kafka, topic.partitions) if topic else GroupFacts()
    except KafkaException as error:
        return KafkaUnreachable("KafkaUnreachable", unreachable_message(kafka, error))
    return KafkaFacts(topics, group)


def unreachable_message(kafka: Kafka, error: KafkaException) -> str:
    """The sentence for a Kafka that does not answer or does not let us in."""
    detail = error.args[0].str() if hasattr(error.args[0], "str") else str(error)
    return f"Kafka at {kafka.bootstrap_servers} could not be read: {detail}"


async def _group(admin: Admin, kafka: Kafka, partitions: int) -> GroupFacts:
    topic, group = kafka.topic.name, kafka.consumer_group
    state, members = await admin.group(group, topic)
    # Committed offsets first: read after the log ends they could be ahead of them.
    committed = await admin.committed(group, topic, partitions)
    starts = await admin.log_starts(topic, partitions)
    ends = await admin.log_ends(topic, partitions)
    offsets = tuple(
        PartitionOffsets(number, starts.get(number), ends.get(number), committed.get(number))
        for number in range(partitions)
    )
    return GroupFacts(state, members, offsets)
