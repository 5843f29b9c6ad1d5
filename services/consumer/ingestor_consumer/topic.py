"""Asks the brokers about the topic, without holding up the event loop."""

import asyncio
from typing import Final

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from ingestor_common.kafka import TopicMissing, client_config, describe_topic, log_ends
from ingestor_common.kafka_log.leader import Leader, LeaderFault, find_leader
from ingestor_common.settings import KafkaSettings
from ingestor_common.store.ledger import Source

KAFKA_SECONDS: Final = 3.0
"""The limit of one request: an answer takes milliseconds, and stopping must not wait long for one."""

KAFKA_ERRORS: Final = (TopicMissing, KafkaException, LeaderFault, TimeoutError)
"""What the methods here raise where the topic is missing or the brokers do not answer."""


class Topic:
    """The topic being consumed."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings: Final = settings
        self._name: Final = settings.kafka_topic
        self._group: Final = settings.kafka_group
        # Its own log lines would only repeat the consumer's.
        self._admin: Final = AdminClient(client_config(settings, "ingestor-consumer-admin") | {"log_level": 0})

    async def source(self) -> Source:
        """The topic's present incarnation."""
        facts = await asyncio.to_thread(describe_topic, self._admin, self._name, KAFKA_SECONDS)
        return Source(self._group, self._name, facts.topic_id)

    async def leader(self, partition: int) -> Leader:
        """A connection to the partition's present leader."""
        address = await asyncio.to_thread(find_leader, self._admin, self._name, partition, KAFKA_SECONDS)
        return await Leader.connect(self._settings, address, partition)

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
