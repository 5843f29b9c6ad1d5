"""Stores one batch after the other, for as long as each takes; the next one is read and decoded meanwhile."""

import asyncio
import random
import time
from typing import Final

import structlog

from ingestor_common.events import Identity
from ingestor_common.store import dead_letters, errors, ledger
from ingestor_common.store.bisect import refused
from ingestor_common.store.pool import Connection
from ingestor_common.store.writer import Writer
from ingestor_consumer import metrics, retry
from ingestor_consumer.accounting import Tally, account
from ingestor_consumer.assignment import Assignment
from ingestor_consumer.batch import Batch, Letter, Part, Place
from ingestor_consumer.channel import Channel, Drain
from ingestor_consumer.deadletter import DeadLetters, NotDelivered
from ingestor_consumer.lag import LagBook
from ingestor_consumer.progress import Progress

log = structlog.get_logger(__name__)

PART: Final = "the store"


class Pipeline:
    """`run` it as a task. `stopping` makes it give up on what cannot be stored at once."""

    def __init__(
        self,
        writer: Writer,
        letters: DeadLetters,
        assignment: Assignment,
        channel: Channel,
        lag: LagBook,
        progress: Progress,
    ) -> None:
        self._writer: Final = writer
        self._letters: Final = letters
        self._assignment: Final = assignment
        self._channel: Final = channel
        self._lag: Final = lag
        self._progress: Final = progress
        self._chance: Final = random.SystemRandom()
        self.stopping: Final = asyncio.Event()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._progress.idle(PART)
            item = await self._channel.receive()
            if isinstance(item, Drain):
                item.done.set()
                continue
            try:
                await self._settle(item)
            finally:
                self._channel.settled()

    async def _settle(self, batch: Batch) -> None:
        """Until the batch is stored, or not ours to store any more."""
        sent: set[Place] = set()
        attempt = 0
        while (batch := batch.only(self._held)).parts:
            self._progress.beat(PART)
            self._lag.storing(batch)
            try:
                await self._dead_letter(batch, sent)
                tally = await self._store(batch)
            except ledger.OffsetMoved as moved:
                self._start_over(batch, moved)
            except Exception as error:
                if errors.is_refusal(error) and (found := await self._refused(batch)):
                    batch = batch.refusing(found)
                    continue
                if not _passes(error):
                    raise
                if not await self._wait(attempt, error):
                    return
                attempt += 1
            else:
                self._stored(batch, tally)
                return

    async def _dead_letter(self, batch: Batch, sent: set[Place]) -> None:
        letters = [letter for letter in batch.letters() if (letter.partition, letter.offset) not in sent]
        if letters:
            await self._letters.send(batch.source, letters)
            sent.update((letter.partition, letter.offset) for letter in letters)

    async def _store(self, batch: Batch) -> Tally:
        result = Tally()

        async def keep_books(connection: Connection, new: frozenset[Identity]) -> None:
            nonlocal result
            advances, result = account(batch, new)
            await ledger.advance(connection, batch.source, advances)
            await dead_letters.record(connection, batch.source, [_note(letter) for letter in batch.letters()])

        started = time.monotonic()
        await self._writer.write(batch.events(), also=keep_books)
        metrics.batch_write.observe(time.monotonic() - started)
        return result

    async def _refused(self, batch: Batch) -> dict[int, str]:
        """The batch's events that the database refuses. Empty where it was something else that was refused, or where
        the database is down meanwhile: then the batch is tried again as it is."""
        try:
            return await refused(self._writer, batch.events(), lambda: self._progress.beat(PART))
        except Exception as error:
            if not _passes(error):
                raise
            return {}

    def _stored(self, batch: Batch, tally: Tally) -> None:
        self._channel.store_trouble = None
        self._channel.stored({part.partition: part.next for part in batch.parts})
        self._lag.stored(batch)
        now = time.time()
        records = [record for part in batch.parts for record in part.records]
        metrics.count(tally)
        metrics.batch_size.observe(len(records))
        for record in records:
            metrics.end_to_end.observe(max(0.0, now - record.time))

    def _start_over(self, batch: Batch, moved: ledger.OffsetMoved) -> None:
        """The ledger is elsewhere: another consumer has advanced it, or the database is an older copy."""
        log.warning("the ledger is not where it was left; reading again from where it is", error=str(moved))
        for part in batch.parts:
            if part.partition in moved.partitions:
                self._assignment.reopen(part.partition, part.epoch)
        self._channel.to_open.set()

    async def _wait(self, attempt: int, error: Exception) -> bool:
        """Wait before the next attempt; False when the service is to stop instead."""
        metrics.store_errors.labels(errors.kind(error)).inc()
        self._channel.store_trouble = f"{type(error).__name__}: {error}"
        seconds = retry.delay(attempt, self._chance)
        log.warning("batch not stored, trying again", attempt=attempt, seconds=round(seconds, 2), error=repr(error))
        try:
            await asyncio.wait_for(self.stopping.wait(), seconds)
        except TimeoutError:
            return True
        return False

    def _held(self, part: Part) -> bool:
        return self._assignment.holds(part.partition, part.epoch)


def _passes(error: Exception) -> bool:
    # A refusal that no single row explains is tried again too: giving up would drop records, and a person is needed.
    return isinstance(error, NotDelivered) or errors.is_transient(error) or errors.is_refusal(error)


def _note(letter: Letter) -> dead_letters.DeadLetter:
    return dead_letters.DeadLetter(letter.partition, letter.offset, letter.refusal.reason, letter.refusal.error)
