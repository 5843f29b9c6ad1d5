"""Reading of everything about a resource that Kafka knows."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from confluent_kafka import KafkaError, KafkaException

from ingestor_common.kafka_groups.groups import COORDINATOR_MOVES
from ingestor_operator.kafka.admin import Admin
from ingestor_operator.kafka.diagnosis import unreachable
from ingestor_operator.kafka.facts import GroupFacts, KafkaFacts, KafkaObservation
from ingestor_operator.model.kafka import Kafka
from ingestor_operator.scaling import PartitionOffsets

_PASSING = (
    *COORDINATOR_MOVES,
    KafkaError._WAIT_COORD,
    KafkaError.UNKNOWN_TOPIC_OR_PART,
    KafkaError.UNKNOWN_TOPIC_ID,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.NOT_LEADER_FOR_PARTITION,
)
"""Answers of a cluster that is well: a topic has just been made and not every broker knows it, leaders are elected."""
Clock = Callable[[], datetime]
_SETTLES_WITHIN = 5.0
"""Seconds after which such an answer is told of."""
_PAUSE = 0.3


async def observe_kafka(admin: Admin, kafka: Kafka, clock: Clock) -> KafkaObservation:
    """The topics, the group and its offsets, or why Kafka could not be read."""
    # What troubled an earlier look is no news, and would pile up.
    admin.troubles()
    deadline = time.monotonic() + _SETTLES_WITHIN
    while True:
        try:
            return await _look(admin, kafka, clock)
        except KafkaException as error:
            if error.args[0].code() not in _PASSING or time.monotonic() > deadline:
                return unreachable(kafka, error, admin.troubles())
        await asyncio.sleep(_PAUSE)


async def _look(admin: Admin, kafka: Kafka, clock: Clock) -> KafkaFacts:
    topics = await admin.topics((kafka.topic.name, kafka.dead_letter_topic.name))
    marks = await admin.marks(topics.values())
    topic = topics.get(kafka.topic.name)
    group = await _group(admin, kafka, topic.partitions, clock) if topic else GroupFacts()
    marked = {name: replace(facts, mark=marks.get(name)) for name, facts in topics.items()}
    return KafkaFacts(marked, group, admin.unmarkable)


async def _group(admin: Admin, kafka: Kafka, partitions: int, clock: Clock) -> GroupFacts:
    topic, group = kafka.topic.name, kafka.consumer_group
    state, members = await admin.group(group, topic)
    starts = await admin.log_starts(topic, partitions)
    # Committed offsets before the log ends: read after them they could be ahead of them.
    committed = await admin.committed(group, topic, partitions)
    # Rates are differences between two looks: a time that is not that of the offsets falsifies them.
    read_at, uptime = clock(), time.monotonic()
    ends = await admin.log_ends(topic, partitions)
    offsets = tuple(
        PartitionOffsets(number, starts.get(number), ends.get(number), committed.get(number))
        for number in range(partitions)
    )
    return GroupFacts(state, members, offsets, read_at, uptime)
