"""One partition, from its assignment to its revocation: its log is read ahead, and stored in order.

Each partition has its own connection to its leader, its own transactions, retries and books. What is wrong with one
holds no other.
"""

import asyncio
import random
import time
from dataclasses import dataclass
from typing import Final

import structlog
from confluent_kafka import KafkaException

from ingestor_common.kafka import TopicMissing
from ingestor_common.kafka_log.judging import Reach
from ingestor_common.kafka_log.leader import LeaderFault
from ingestor_common.kafka_log.record_sets import RecordSet
from ingestor_common.store import errors, ledger
from ingestor_common.store.pool import Pool
from ingestor_common.store.writer import Writer
from ingestor_common.turns import Turns
from ingestor_consumer import retry
from ingestor_consumer.batch import Batch
from ingestor_consumer.commits import Commits
from ingestor_consumer.deadletter import DeadLetters
from ingestor_consumer.holds import HoldReason, Holds, describe
from ingestor_consumer.incarnation import Incarnation, TopicRemade
from ingestor_consumer.lag import LagBook
from ingestor_consumer.opening import OpenLog, open_log
from ingestor_consumer.progress import Progress
from ingestor_consumer.reading import Reading
from ingestor_consumer.reporter import Reporter
from ingestor_consumer.settling import Settler, Slots, Stopped
from ingestor_consumer.topic import Topic

log = structlog.get_logger(__name__)

FETCH_SECONDS: Final = 0.05
"""How long the leader waits for LEAST_BYTES while records come: together they make batches that are worth storing."""
LEAST_BYTES: Final = 64 * 1024
IDLE_SECONDS: Final = 0.5
"""How long it waits for the next record where none came."""
TRANSACTION_SECONDS: Final = 10.0
"""How long records may stand behind an open transaction before the partition counts as held."""
LARGE_SECONDS: Final = 300.0
"""How long a partition may have a large record set in memory; then it starts over, and others have their turn."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the partitions of one consumer share. They read in turns; `large` is held while a large record set is in
    memory."""

    topic: Topic
    incarnation: Incarnation
    pool: Pool
    writer: Writer
    letters: DeadLetters
    slots: Slots
    turns: Turns
    large: asyncio.Lock
    holds: Holds
    commits: Commits
    lag: LagBook
    progress: Progress


class Partition:
    """`run` it as a task; `stop` it, and it ends once what it is storing is stored, or cannot be at present."""

    def __init__(self, parts: Parts, number: int) -> None:
        self._parts: Final = parts
        self._number: Final = number
        self._report: Final = Reporter(parts.holds, parts.progress, number)
        self._stopping: Final = asyncio.Event()
        self._settler: Final = Settler(parts.writer, parts.letters, parts.slots, self._stopping, self._report)
        self._chance: Final = random.SystemRandom()
        self._failures = 0
        self._has_moved = False

    def stop(self) -> None:
        """Read no more."""
        self._stopping.set()

    def start_over(self) -> None:
        """The ledger is not where it was left: read from where it is, without waiting for the next record."""
        self._has_moved = True

    async def run(self) -> None:
        """Until stopped or cancelled. No failure ends it: it starts over from the ledger."""
        self._report.hold(HoldReason.OPENING, "the ledger is asked where to read on")
        try:
            while not self._stopping.is_set():
                self._report.beat()
                await self._read_on()
        finally:
            self._report.release()
            self._report.idle()

    async def _read_on(self) -> None:
        """From opening to whatever ends it."""
        parts = self._parts
        self._has_moved = False
        try:
            opened = await open_log(parts.topic, parts.incarnation, parts.pool, self._number)
            try:
                await self._store_all(opened)
            finally:
                await opened.leader.close()
        except Stopped:
            return
        except ledger.OffsetMoved as moved:
            # Another consumer has advanced it, or the database is an older copy.
            log.warning("the ledger is not where it was left; reading again from where it is", error=str(moved))
            await self._wait(retry.FIRST_SECONDS)
        except Exception as error:
            await self._recover(error)

    async def _recover(self, error: Exception) -> None:
        """Say what is wrong, and wait before the next attempt."""
        reason = _reason(error)
        self._report.hold(reason, describe(error))
        if reason is HoldReason.DEFECT:
            log.exception("partition failed, starting over", partition=self._number)
        else:
            log.warning(
                "partitions wait to be opened", partition=self._number, error=str(error), failures=self._failures
            )
        self._report.beat()
        self._failures += 1
        await self._wait(retry.delay(self._failures - 1, self._chance))

    async def _wait(self, seconds: float) -> None:
        """Until then, or until stopped."""
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return

    async def _store_all(self, opened: OpenLog) -> None:
        self._parts.lag.opened(self._number, opened.position)
        self._parts.commits.stored(self._number, opened.position)
        self._report.release()
        ahead: asyncio.Queue[Batch | Exception] = asyncio.Queue(1)
        reader = asyncio.create_task(self._read_ahead(opened, ahead))
        stopped = asyncio.create_task(self._stopping.wait())
        try:
            await self._store_in_order(ahead, stopped)
        finally:
            reader.cancel()
            stopped.cancel()
            await asyncio.wait([reader, stopped])

    async def _store_in_order(self, ahead: "asyncio.Queue[Batch | Exception]", stopped: asyncio.Task[bool]) -> None:
        while not self._stopping.is_set():
            if self._has_moved:
                raise ledger.OffsetMoved((self._number,))
            self._report.beat()
            coming = asyncio.create_task(ahead.get())
            try:
                await asyncio.wait([coming, stopped], timeout=IDLE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            finally:
                if not coming.done():
                    coming.cancel()
            if coming.done() and not coming.cancelled():
                await self._store(coming.result())
                # No name here may keep a batch that is stored: its records are views into whole record sets.
                del coming
                ahead.task_done()

    async def _store(self, item: Batch | Exception) -> None:
        if isinstance(item, Exception):
            raise item
        await self._settler.settle(item, self._parts.lag.storing, self._stored)
        self._failures = 0

    async def _read_ahead(self, opened: OpenLog, ahead: "asyncio.Queue[Batch | Exception]") -> None:
        try:
            await self._read(opened, ahead)
        except Exception as error:
            await ahead.put(error)

    async def _read(self, opened: OpenLog, ahead: "asyncio.Queue[Batch | Exception]") -> None:
        reading = Reading(opened.source, self._number, opened.position, opened.leader_epoch)
        is_idle, reach = True, Reach()
        free_at = time.monotonic()
        while True:
            before = reading.position
            least, wait = (1, IDLE_SECONDS) if is_idle else (LEAST_BYTES, FETCH_SECONDS)
            fetched = await opened.leader.fetch(before, size=reach.size, least=least, wait=wait)
            pieces = reading.read(fetched, reach.is_end)
            while (piece := await self._parts.turns.next(pieces)) is not None:
                if isinstance(piece, RecordSet):
                    await self._read_large(reading, piece, ahead)
                else:
                    await ahead.put(piece)
            is_idle = not fetched.bytes
            if not is_idle or reading.position == fetched.log_end:
                free_at = time.monotonic()
            elif time.monotonic() - free_at > TRANSACTION_SECONDS:
                self._report.hold(
                    HoldReason.TRANSACTION,
                    "a producer has not ended its transaction, and nothing behind its beginning may be read "
                    f"({fetched.log_end - reading.position} offsets); Kafka ends it after its transaction.timeout.ms",
                )
            reach.note(fetched, before, reading.position)

    async def _read_large(self, reading: Reading, piece: RecordSet, ahead: "asyncio.Queue[Batch | Exception]") -> None:
        async with self._parts.large, asyncio.timeout(LARGE_SECONDS):
            batches = reading.read_large(piece)
            while (batch := await self._parts.turns.next(batches)) is not None:
                await ahead.put(batch)
                del batch
                # Stored before the next one is made, and before another partition has such a set in memory.
                await ahead.join()

    def _stored(self, batch: Batch) -> None:
        self._parts.commits.stored(self._number, batch.next)
        self._parts.lag.stored(batch)


def _reason(error: Exception) -> HoldReason:
    if isinstance(error, (TopicMissing, KafkaException, LeaderFault, TopicRemade)):
        return HoldReason.KAFKA
    return HoldReason.DATABASE if errors.is_transient(error) else HoldReason.DEFECT
