"""Reading of everything about a resource that Kafka knows."""

from dataclasses import replace

from confluent_kafka import KafkaException

from ingestor_operator.kafka.admin import Admin
from ingestor_operator.kafka.diagnosis import unreachable
from ingestor_operator.kafka.facts import GroupFacts, KafkaFacts, KafkaObservation
from ingestor_operator.model.kafka import Kafka
from ingestor_operator.scaling import PartitionOffsets


async def observe_kafka(admin: Admin, kafka: Kafka) -> KafkaObservation:
    """The topics, the group and its offsets, or why Kafka could not be read."""
    names = (kafka.topic.name, kafka.dead_letter_topic.name)
    # What troubled an earlier look is no news, and would pile up.
    admin.troubles()
    try:
        topics = await admin.topics(names)
        marks = await admin.marks(topics.values())
        topic = topics.get(kafka.topic.name)
        group = await _group(admin, kafka, topic.partitions) if topic else GroupFacts()
    except KafkaException as error:
        return unreachable(kafka, error, admin.troubles())
    marked = {name: replace(facts, mark=marks.get(name)) for name, facts in topics.items()}
    return KafkaFacts(marked, group, admin.unmarkable)


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
