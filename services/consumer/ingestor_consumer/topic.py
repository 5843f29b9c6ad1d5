"""Asks the brokers about the topic, without holding up the event loop."""

import asyncio
import time
from collections.abc import Callable
from typing import Final, Generic, TypeVar

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from ingestor_common.kafka import TopicMissing, client_config, describe_topic, log_ends
from ingestor_common.kafka_groups.groups import describe_group
from ingestor_common.kafka_log.leader import Leader, LeaderFault, find_leaders
from ingestor_common.settings import KafkaSettings
from ingestor_common.store.ledger import Source

Answer = TypeVar("Answer")

RENEW_SECONDS: Final = 10.0

KAFKA_SECONDS: Final = 3.0
"""The limit of one request: an answer takes milliseconds, and stopping must not wait long for one."""

KAFKA_ERRORS: Final = (TopicMissing, KafkaException, LeaderFault)
"""What the methods here raise where the topic is missing or the brokers do not answer."""


class Question(Generic[Answer]):
    """A question that is asked in a thread, once for all who want to know at the same time.

    After an outage that is every partition, and each question without an answer takes a thread for seconds.
    """

    def __init__(self, ask: Callable[[], Answer]) -> None:
        self._ask: Final = ask
        self._asking: asyncio.Task[Answer] | None = None

    async def ask(self) -> Answer:
        """The answer of now. Raises what asking raises."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(asyncio.to_thread(self._ask))
            self._asking.add_done_callback(_retrieve)
        return await asyncio.shield(self._asking)


def _retrieve(task: "asyncio.Task[Answer]") -> None:
    # Everybody who asked may be cancelled by now; the failure is nobody's then.
    if not task.cancelled():
        task.exception()


class Topic:
    """The topic being consumed."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings: Final = settings
        self._name: Final = settings.kafka_topic
        self._group: Final = settings.kafka_group
        self._admin = self._connect()
        self._failing_since: float | None = None
        self._facts: Final = Question(lambda: self._call(describe_topic))
        self._leaders: Final = Question(lambda: self._call(find_leaders))

    async def source(self) -> Source:
        """The topic's present incarnation."""
        facts = await self._facts.ask()
        return Source(self._group, self._name, facts.topic_id)

    async def leader(self, partition: int) -> Leader:
        """A connection to the partition's present leader."""
        leaders = await self._leaders.ask()
        return await Leader.connect(self._settings, leaders, partition)

    def _connect(self) -> AdminClient:
        # Its own log lines would only repeat the consumer's.
        return AdminClient(client_config(self._settings, "ingestor-consumer-admin") | {"log_level": 0})

    def _call(self, ask: Callable[[AdminClient, str, float], Answer]) -> Answer:
        """In a thread. A client that has had no answer for long is replaced: after an outage one was seen that never
        connected again, while others did."""
        try:
            answer = ask(self._admin, self._name, KAFKA_SECONDS)
        except KafkaException:
            now = time.monotonic()
            self._failing_since = self._failing_since or now
            if now - self._failing_since > RENEW_SECONDS:
                self._admin, self._failing_since = self._connect(), None
            raise
        self._failing_since = None
        return answer

    async def has_member(self, member_id: str) -> bool:
        """Whether the group has this member."""
        try:
            group = await describe_group(self._settings, "ingestor-consumer-admin", KAFKA_SECONDS)
        except KafkaException:
            # A new group's coordinator is still loading: asked again soon.
            return False
        return any(member.member_id == member_id for member in group.members)

    async def ends(self, partitions: tuple[int, ...]) -> dict[int, int]:
        """Each partition's log end."""
        return await asyncio.to_thread(log_ends, self._admin, self._name, partitions, KAFKA_SECONDS)
