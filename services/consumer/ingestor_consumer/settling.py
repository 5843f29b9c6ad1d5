"""Storing one batch, for as long as it takes: what is tried again, what is split, and what is set aside.

Every row that can be stored is stored. A batch that fails for what is in it is stored by halves, each in a transaction
of its own, down to the one row that cannot be: that one goes to the dead-letter topic. See docs/adr/0049. How much is
stored at once follows what the database takes (batch_size.py).
"""

import asyncio
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from itertools import count
from typing import Final

import structlog

from ingestor_common.events import Event, Identity
from ingestor_common.kafka_log.record_sets import RecordSet
from ingestor_common.store import dead_letters, errors, ledger
from ingestor_common.store.pool import Connection
from ingestor_common.store.retention import Expired
from ingestor_common.store.writer import LockWaits, Writer
from ingestor_consumer import metrics, retry
from ingestor_consumer.accounting import Tally, account
from ingestor_consumer.batch import Batch, Letter
from ingestor_consumer.batch_size import BatchSize
from ingestor_consumer.deadletter import DeadLetters, NotDelivered
from ingestor_consumer.decoding import REFUSED_BY_DATABASE, STORING_TIMED_OUT, refusal
from ingestor_consumer.holds import HoldReason, describe
from ingestor_consumer.naming import NO_NAMES, names_of
from ingestor_consumer.reporter import Reporter
from ingestor_consumer.trial import can_store
from ingestor_consumer.verdicts import Case, Verdict, is_timeout

log = structlog.get_logger(__name__)

BATCH_SECONDS: Final = 10.0
"""For the storing transaction of a batch that was read: others may wait for its locks so long."""

PART_SECONDS: Final = 5.0
"""For that of a part of what took longer than it may."""

LOCK_SECONDS: Final = 4.0
"""Who waits for a lock longer than that tries again: it is not what is stored that takes the time."""

LATE_TO_SAY: Final = 2
"""After so many attempts in a row that took too long the partition says that it waits: within 15 s."""

STORES_AT_ONCE: Final = 3
"""Transactions of different partitions under way at one time."""


class Stopped(Exception):
    """The partition is to be given back, and the batch cannot be stored at present."""


class Slots:
    """Bounds the transactions under way. What has timed out before has one slot of its own kind: it waits for others
    like it, and leaves the other slots to the partitions that get on."""

    def __init__(self) -> None:
        self._all: Final = asyncio.Semaphore(STORES_AT_ONCE)
        self._slow: Final = asyncio.Semaphore(1)

    async def run(self, call: Callable[[], Awaitable[None]], is_slow: bool) -> None:
        """Await `call` once there is a slot."""
        if is_slow:
            async with self._slow, self._all:
                await call()
        else:
            async with self._all:
                await call()


class Settler:
    """Stores the batches of one partition, one after the other. Once `stopping` is set it gives up on what cannot be
    stored at once."""

    def __init__(
        self, writer: Writer, letters: DeadLetters, slots: Slots, stopping: asyncio.Event, report: Reporter
    ) -> None:
        self._writer: Final = writer
        self._letters: Final = letters
        self._slots: Final = slots
        self._stopping: Final = stopping
        self._report: Final = report
        self._chance: Final = random.SystemRandom()
        self._size: Final = BatchSize()
        self._late = 0

    async def settle(self, batch: Batch, storing: Callable[[Batch], None], stored: Callable[[Batch], None]) -> None:
        """Return when all of the batch is stored or set aside; `storing` and `stored` are told of each part.

        Raises Stopped, also between two parts, and OffsetMoved where the ledger is elsewhere.
        """
        sent: set[int] = set()
        parts = deque([(batch, False)])
        while parts:
            part, is_slow = parts.popleft()
            pieces: Sequence[Batch]
            if len(part.records) > self._size.records:
                pieces = part.split(self._size.records)
            else:
                storing(part)
                case = Case(is_slow)
                pieces = await self._settle_part(part, case, sent, stored)
                is_slow = case.is_slow
            parts.extendleft((piece, is_slow) for piece in reversed(pieces))
            if parts and self._stopping.is_set():
                # The others are stored by who has the partition next, without waiting for a database that is slow.
                raise Stopped

    async def _settle_part(
        self, part: Batch, case: Case, sent: set[int], stored: Callable[[Batch], None]
    ) -> Sequence[Batch]:
        """Nothing once the part is stored; otherwise what to go on with in its place."""
        for attempt in count():
            self._report.beat()
            try:
                await self._dead_letter(part, sent)
                await self._store(part, case.is_slow)
            except (ledger.OffsetMoved, Stopped):
                raise
            except NotDelivered as error:
                await self._wait(attempt, HoldReason.DEAD_LETTERS, error)
            except Expired as error:
                part = part.refuse_before(error.mark)
            except Exception as error:
                verdict = case.judge(error, len(part.events()), len(part.records))
                if verdict is Verdict.SPLIT:
                    log.warning("batch not stored, splitting it", records=len(part.records), error=repr(error))
                    return part.halves()
                if verdict is Verdict.SHRINK:
                    # It has more records now than may be stored together.
                    self._shrink(part, error)
                    return (part,)
                if verdict is Verdict.SET_ASIDE:
                    part = _set_aside(part, error)
                elif verdict is Verdict.PROVE:
                    await self._prove(case, part, attempt, error)
                else:
                    await self._wait(attempt, HoldReason.DATABASE, error)
            else:
                self._report.release()
                self._late = 0
                stored(part)
                break
        return ()

    def _shrink(self, part: Batch, error: Exception) -> None:
        """The database may be slow, and not a row."""
        metrics.store_errors.labels(errors.kind(error)).inc()
        self._size.note_timeout(len(part.records))
        log.warning(
            "batch not stored in time, going on with fewer records at once",
            records=len(part.records),
            at_once=self._size.records,
            error=repr(error),
        )
        self._hold(HoldReason.DATABASE, error)

    def _hold(self, reason: HoldReason, error: Exception) -> None:
        """Say that the partition waits. What took too long once is not said yet: fewer records, or the next attempt,
        may be through in a moment, and a pod that gets on must not look as if it did not."""
        if is_timeout(error) or errors.is_lock_timeout(error):
            self._late += 1
            if self._late < LATE_TO_SAY:
                return
        self._report.hold(reason, describe(error))

    async def _prove(self, case: Case, part: Batch, attempt: int, error: Exception) -> None:
        set_aside = _set_aside(part, error)
        takes_others = await can_store(
            self._writer, part.events()[0], lambda connection: _keep_books(connection, set_aside, frozenset())
        )
        case.prove(takes_others)
        if not takes_others:
            await self._wait(attempt, HoldReason.DATABASE, error)

    async def _dead_letter(self, part: Batch, sent: set[int]) -> None:
        letters = [letter for letter in part.letters() if letter.record.offset not in sent]
        if letters:
            # Others may have their turn first, each for some seconds.
            self._report.idle()
            await self._letters.send(part.source, letters)
            sent.update(letter.record.offset for letter in letters)

    async def _store(self, part: Batch, is_slow: bool) -> None:
        tally = Tally()

        async def keep_books(connection: Connection, new: frozenset[Identity]) -> None:
            nonlocal tally
            tally = await _keep_books(connection, part, new)

        async def store() -> None:
            self._report.beat()
            waits, started = LockWaits(), time.monotonic()
            async with asyncio.timeout(PART_SECONDS if is_slow else BATCH_SECONDS):
                await self._writer.write(part.events(), also=keep_books, waits=waits)
            seconds = time.monotonic() - started
            self._size.note_stored(len(part.records), seconds - waits.seconds)
            _count(part, tally, seconds)

        self._report.idle()
        await self._slots.run(store, is_slow)

    async def _wait(self, attempt: int, reason: HoldReason, error: Exception) -> None:
        """Wait before the next attempt. Raises Stopped where the partition is to be given back instead."""
        metrics.store_errors.labels(errors.kind(error)).inc()
        self._hold(reason, error)
        seconds = retry.delay(attempt, self._chance)
        log.warning("batch not stored, trying again", attempt=attempt, seconds=round(seconds, 2), error=repr(error))
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return
        raise Stopped


async def _keep_books(connection: Connection, part: Batch, new: frozenset[Identity]) -> Tally:
    step, tally = account(part, new)
    await ledger.advance(connection, part.source, [step])
    await dead_letters.record(connection, part.source, [_note(letter) for letter in part.letters()])
    return tally


def _set_aside(part: Batch, error: Exception) -> Batch:
    [offset] = [record.offset for record in part.records if isinstance(record.content, Event)]
    if is_timeout(error):
        why = refusal(STORING_TIMED_OUT, f"storing it took longer than {PART_SECONDS:g} s, again and again")
    else:
        why = refusal(REFUSED_BY_DATABASE, str(error) or errors.in_words(error))
    return part.refuse({offset: why})


def _note(letter: Letter) -> dead_letters.DeadLetter:
    record = letter.record
    last = record.last_offset if record.last_offset > record.offset else None
    names = NO_NAMES if isinstance(record.raw, RecordSet) else names_of(record.raw.key(), record.raw.value)
    return dead_letters.DeadLetter(
        letter.partition, record.offset, letter.refusal.reason, letter.refusal.error, last, *names
    )


def _count(part: Batch, tally: Tally, seconds: float) -> None:
    now = time.time()
    metrics.batch_write.observe(seconds)
    metrics.count(tally)
    metrics.batch_size.observe(len(part.records))
    for record in part.records:
        if record.time is not None:
            metrics.end_to_end.observe(max(0.0, now - record.time))
