"""Looks at the topic and the books every few seconds: for lag, a topic made again, books out of balance or restored."""

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Final

import structlog
from confluent_kafka import KafkaException

from ingestor_common.kafka import words
from ingestor_common.store import errors, ledger
from ingestor_common.store.ledger import Source
from ingestor_common.store.pool import Pool
from ingestor_consumer import metrics
from ingestor_consumer.accounting import went_back
from ingestor_consumer.assignment import Assignment
from ingestor_consumer.holds import describe
from ingestor_consumer.incarnation import Incarnation, TopicRemade
from ingestor_consumer.lag import LagBook
from ingestor_consumer.neighbours import Neighbours
from ingestor_consumer.progress import Progress
from ingestor_consumer.topic import KAFKA_ERRORS, Topic

log = structlog.get_logger(__name__)

WATCH_SECONDS: Final = 2.0

NAME: Final = "the event loop"
NOT_ASKED: Final = "Postgres has not answered yet"


class Watch:
    """`run` it as a task. `start_over` is called with partitions whose books were restored from an older copy: one that
    is at its log's end would else notice with the next record only."""

    def __init__(
        self,
        topic: Topic,
        pool: Pool,
        assignment: Assignment,
        incarnation: Incarnation,
        lag: LagBook,
        progress: Progress,
        start_over: Callable[[Iterable[int]], None],
    ) -> None:
        self._topic: Final = topic
        self._pool: Final = pool
        self._assignment: Final = assignment
        self._incarnation: Final = incarnation
        self._lag: Final = lag
        self._progress: Final = progress
        self._start_over: Final = start_over
        self.neighbours: Final = Neighbours()
        self.kafka_fault: str | None = "Kafka has not answered yet"
        self.postgres_fault: str | None = NOT_ASKED

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._progress.beat(NAME)
            source = await self._look_at_topic()
            if source is not None:
                await self._look_at_books(source)
            await asyncio.sleep(WATCH_SECONDS)

    async def _look_at_topic(self) -> Source | None:
        try:
            source = await self._topic.source()
            self._incarnation.check(source)
            await self._measure_lag(source)
            await self._look_at_membership()
        except (*KAFKA_ERRORS, TopicRemade) as error:
            self._say_once(words(error) if isinstance(error, KafkaException) else str(error))
            return None
        self.kafka_fault = None
        return source

    async def _look_at_membership(self) -> None:
        # Under the new protocol a member that gets no partition is told nothing: it stands by.
        member_id = self._assignment.member_id
        if not self._assignment.member and member_id and await self._topic.has_member(member_id):
            self._assignment.assign(())

    async def _measure_lag(self, source: Source) -> None:
        held = self._assignment.partitions()
        for partition in self._lag.keep(held):
            metrics.forget(source.topic, partition)
        ends = await self._topic.ends(held) if held else {}
        for partition, lag in self._lag.measure(ends, time.time()).items():
            metrics.lag_records.labels(source.topic, partition).set(lag.records)
            metrics.lag_seconds.labels(source.topic, partition).set(lag.seconds)

    async def _look_at_books(self, source: Source) -> None:
        stored = self._lag.stored_to()
        try:
            async with self._pool.acquire() as connection:
                accounts = await ledger.load(connection, source)
                self.neighbours.look(await ledger.others(connection, source), time.monotonic())
        except Exception as error:
            if not errors.is_transient(error):
                raise
            self.postgres_fault = describe(error)
            return
        self.postgres_fault = None
        self._start_over(went_back(stored, accounts))
        held = self._assignment.partitions()
        metrics.show_books(source.topic, [accounts[partition] for partition in held if partition in accounts])

    def _say_once(self, fault: str) -> None:
        if fault != self.kafka_fault:
            log.warning("waiting for the topic", error=fault)
        self.kafka_fault = fault
