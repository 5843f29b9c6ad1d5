"""Asks the brokers about the topic, without holding up the event loop."""

import asyncio
from dataclasses import dataclass
from typing import Final

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from ingestor_common.kafka import TopicMissing, client_config, describe_topic, log_ends, log_starts
from ingestor_common.settings import KafkaSettings
from ingestor_common.store.ledger import Source

KAFKA_SECONDS: Final = 3.0
"""The limit of one request: an answer takes milliseconds, and stopping must not wait long for one."""

KAFKA_ERRORS: Final = (TopicMissing, KafkaException, TimeoutError)
"""What the methods here raise where the topic is missing or the brokers do not answer."""


@dataclass(frozen=True, slots=True)
class LogRange:
    """The offsets that a partition's log has: from `start` to before `end`."""

    start: int
    end: int


class Topic:
    """The topic being consumed."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._name: Final = settings.kafka_topic
        self._group: Final = settings.kafka_group
        # Its own log lines would only repeat the consumer's.
        self._admin: Final = AdminClient(client_config(settings, "ingestor-consumer-admin") | {"log_level": 0})

    async def source(self) -> Source:
        """The topic's present incarnation."""
        facts = await asyncio.to_thread(describe_topic, self._admin, self._name, KAFKA_SECONDS)
        return Source(self._group, self._name, facts.topic_id)

    async def has_member(self, member_id: str) -> bool:
        """Whether the group has this member."""
        futures = self._admin.describe_consumer_groups([self._group], request_timeout=KAFKA_SECONDS)
        try:
            group = await asyncio.wrap_future(futures[self._group])
        except KafkaException:
            # A new group's coordinator is still loading, or the group does not exist yet: asked again soon.
            return False
        return any(member.member_id == member_id for member in group.members)

    async def ends(self, partitions: tuple[int, ...]) -> dict[int, int]:
        """Each partition's log end."""
        return await asyncio.to_thread(log_ends, self._admin, self._name, partitions, KAFKA_SECONDS)

    async def ranges(self, partitions: tuple[int, ...]) -> dict[int, LogRange]:
        """Each partition's log."""
        starts = await asyncio.to_thread(log_starts, self._admin, self._name, partitions, KAFKA_SECONDS)
        ends = await self.ends(partitions)
        return {partition: LogRange(starts[partition], ends[partition]) for partition in partitions}
