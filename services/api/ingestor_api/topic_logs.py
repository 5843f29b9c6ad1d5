"""Which offsets the topic's partitions have, as Kafka says: asked once for all who want to know at the same time."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import structlog
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from ingestor_common.kafka import TopicFacts, TopicMissing, client_config, describe_topic, log_ends, log_starts
from ingestor_common.settings import KafkaSettings

log = structlog.get_logger(__name__)

HELD_SECONDS: Final = 10.0
"""How long a record that was there is taken to be there still, and the topic to be the same."""
PAUSE_SECONDS: Final = 0.1
"""Between two questions, however many ask for offsets that do not exist."""
FAILED_SECONDS: Final = 2.0
"""After a failure nobody waits for Kafka for so long."""
_QUESTION_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Log:
    """A partition's log: the offset of its oldest record, and the one that its next record will get."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class TopicLogs:
    """The topic as it was at one moment: its id and its partitions' logs. Without either where there is no topic."""

    topic_id: str = ""
    logs: Mapping[int, Log] = field(default_factory=dict)

    def holds(self, partition: int, offset: int) -> bool:
        """Whether there is, or was, such an offset that retention has not removed."""
        found = self.logs.get(partition)
        return found is not None and found.start <= offset < found.end


def read_logs(admin: AdminClient, facts: TopicFacts, seconds: float) -> dict[int, Log]:
    """The log of each partition; describe the topic first. Raises KafkaException. Blocks for twice `seconds`."""
    starts = log_starts(admin, facts.name, facts.partitions, seconds)
    ends = log_ends(admin, facts.name, facts.partitions, seconds)
    return {number: Log(starts[number], end) for number, end in ends.items()}


class LogWatch:
    """Knows the topic's logs, and asks for them when it has to. One instance a process."""

    def __init__(self, settings: KafkaSettings, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._clock = clock
        self._asking = asyncio.Lock()
        self._admin: AdminClient | None = None
        self._known = TopicLogs()
        self._known_at = self._asked_at = self._failed_at = float("-inf")

    async def find(self, partition: int, offset: int) -> TopicLogs | None:
        """The logs, in a state that says whether this offset exists; None while Kafka cannot be asked.

        That it does is known for a while. That it does not is asked anew, since it may just have been written.
        """
        came_at = self._clock()
        if self._known.holds(partition, offset) and came_at - self._known_at < HELD_SECONDS:
            return self._known
        async with self._asking:
            # Whoever waited here may have been answered by the question of another, if it was put after he came.
            if self._asked_at < came_at and self._clock() - self._failed_at >= FAILED_SECONDS:
                await self._ask()
        if self._known_at >= came_at or self._known.holds(partition, offset):
            return self._known
        return None

    async def _ask(self) -> None:
        await asyncio.sleep(max(0.0, self._asked_at + PAUSE_SECONDS - self._clock()))
        self._asked_at = asked_at = self._clock()
        try:
            self._known = await asyncio.to_thread(self._read)
            self._known_at = asked_at
        except KafkaException as error:
            self._failed_at = self._clock()
            log.debug("the topic's logs are not known", error=repr(error))

    def _read(self) -> TopicLogs:
        if self._admin is None:
            self._admin = AdminClient(client_config(self._settings, "ingestor-api-logs") | {"log_level": 0})
        try:
            facts = describe_topic(self._admin, self._settings.kafka_topic, _QUESTION_SECONDS)
        except TopicMissing:
            return TopicLogs()
        return TopicLogs(facts.topic_id, read_logs(self._admin, facts, _QUESTION_SECONDS))
