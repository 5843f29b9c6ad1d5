"""What waits in Kafka to be stored, seen from a process that lives while the consumers may not.

How many records wait comes from the ledger and the ends of the logs. The age is counted on here: it keeps rising while
the consumers are gone, and while Postgres or Kafka cannot be asked.
"""

import asyncio
import time
from dataclasses import dataclass
from functools import partial
from typing import Final

import structlog
from confluent_kafka.admin import AdminClient

from ingestor_api import metrics
from ingestor_api.connections import acquire
from ingestor_api.oldest import accepted_times
from ingestor_api.topic_logs import Log, read_logs
from ingestor_common.kafka import TopicFacts, TopicMissing, client_config, describe_topic
from ingestor_common.settings import KafkaSettings
from ingestor_common.store import ledger
from ingestor_common.store.ledger import Source
from ingestor_common.store.pool import Pool

log = structlog.get_logger(__name__)

LOOK_SECONDS: Final = 5.0
_KAFKA_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a partition has not stored: from which offset on, how many, and since when (seconds since 1970)."""

    offset: int
    records: int
    since: float

    def age(self, now: float) -> float:
        """Seconds that the oldest one has waited; 0 where none waits."""
        return max(0.0, now - self.since) if self.records else 0.0


def waiting(found: Log, stored_to: int | None, before: Waiting | None, accepted: float | None, now: float) -> Waiting:
    """What waits now. `stored_to` is the ledger's next offset, None where the partition has no account.

    `accepted` is the oldest record's own time as far as it is known. A record that was seen waiting before has waited
    since then at least, whatever times the log's records claim.
    """
    offset = max(found.start, stored_to if stored_to is not None else found.start)
    records = max(0, found.end - offset)
    since = min(now, accepted if accepted is not None else now)
    if before is not None and before.records and before.offset == offset:
        since = min(since, before.since)
    return Waiting(offset, records, since)


def _age_now(known: Waiting) -> float:
    return known.age(time.time())


class UnstoredWatch:
    """Looks every few seconds, in a thread as far as Kafka is concerned, and publishes the gauges."""

    def __init__(self, settings: KafkaSettings, pool: Pool) -> None:
        self._settings = settings
        self._pool = pool
        self._admin: AdminClient | None = None
        self._stored: tuple[Source, dict[int, int]] | None = None
        self._known: dict[int, Waiting] = {}
        self._source: Source | None = None
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End, and take the gauges with it."""
        self._task.cancel()
        await asyncio.wait([self._task])
        self._keep({})

    async def _run(self) -> None:
        while True:
            try:
                await self._look()
            except Exception as error:
                # Whatever it is, the ages go on rising and the next look must still happen.
                log.debug("what waits in kafka is not known", error=repr(error))
            await asyncio.sleep(LOOK_SECONDS)

    async def _look(self) -> None:
        try:
            facts = await asyncio.to_thread(self._describe)
        except TopicMissing:
            self._keep({})
            raise
        source = Source(self._settings.kafka_group, facts.name, facts.topic_id)
        if self._source != source:
            # What waited in a topic that is gone is gone with it.
            self._keep({})
            self._source = source
        # The ledger first: a consumer may go on meanwhile, and must not seem to be ahead of the log.
        stored = await self._next_offsets(source)
        logs = await asyncio.to_thread(self._logs, facts)
        now = time.time()
        offsets = {number: max(found.start, stored.get(number, found.start)) for number, found in logs.items()}
        new = {number: offset for number, offset in offsets.items() if self._is_new(number, offset, logs[number])}
        accepted = await asyncio.to_thread(accepted_times, self._connected(), facts.name, new, now)
        self._keep(
            {
                number: waiting(found, stored.get(number), self._known.get(number), accepted.get(number), now)
                for number, found in logs.items()
            }
        )

    def _is_new(self, partition: int, offset: int, found: Log) -> bool:
        before = self._known.get(partition)
        return found.end > offset and not (before is not None and before.records and before.offset == offset)

    async def _next_offsets(self, source: Source) -> dict[int, int]:
        """The ledger's next offsets; while Postgres does not answer, those that it gave last."""
        try:
            async with acquire(self._pool) as connection:
                accounts = await ledger.load(connection, source)
        except Exception:
            if self._stored is None or self._stored[0] != source:
                raise
            return self._stored[1]
        offsets = {number: account.next_offset for number, account in accounts.items()}
        self._stored = (source, offsets)
        return offsets

    def _keep(self, found: dict[int, Waiting]) -> None:
        topic = self._settings.kafka_topic
        for number in self._known.keys() - found.keys():
            for gauge in (metrics.unstored_records, metrics.unstored_age_seconds):
                gauge.remove(topic, str(number))
        self._known = found
        for number, each in found.items():
            metrics.unstored_records.labels(topic, number).set(each.records)
            # Computed at each scrape, so that it rises however long nobody could be asked.
            metrics.unstored_age_seconds.labels(topic, number).set_function(partial(_age_now, each))

    # In a thread.

    def _connected(self) -> AdminClient:
        if self._admin is None:
            self._admin = AdminClient(client_config(self._settings, "ingestor-api-unstored") | {"log_level": 0})
        return self._admin

    def _describe(self) -> TopicFacts:
        return describe_topic(self._connected(), self._settings.kafka_topic, _KAFKA_SECONDS)

    def _logs(self, facts: TopicFacts) -> dict[int, Log]:
        return read_logs(self._connected(), facts, _KAFKA_SECONDS)
