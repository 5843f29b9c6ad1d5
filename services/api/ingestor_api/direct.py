"""The way into Postgres: concurrent requests share transactions."""

import asyncio
from collections import deque
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import structlog

from ingestor_api.deadlines import Deadlines
from ingestor_api.receipts import DirectReceipt, Refused, TooOld, Unavailable
from ingestor_common.events import Event, Identity
from ingestor_common.store import retention
from ingestor_common.store.bisect import refused
from ingestor_common.store.errors import is_refusal, is_transient
from ingestor_common.store.writer import Writer

log = structlog.get_logger(__name__)

DEADLINE_SECONDS: Final = 4.0
MAX_BATCH: Final = 1000
CONCURRENT_TRANSACTIONS: Final = 2

Write = asyncio.Future[DirectReceipt]
_Waiting = tuple[Event, Write]


class DirectWriter:
    """Writes events in micro-batches: while one transaction commits, the events that arrive form the next one."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._queue: deque[_Waiting] = deque()
        self._running: set[asyncio.Task[None]] = set()
        self._deadlines = Deadlines(DEADLINE_SECONDS, _overdue)

    def write(self, event: Event) -> Write:
        """Queue an event. It ends within the deadline: a receipt, Refused for its content, or Unavailable."""
        write: Write = asyncio.get_running_loop().create_future()
        self._queue.append((event, write))
        self._deadlines.watch(write)
        if len(self._running) < CONCURRENT_TRANSACTIONS:
            task = asyncio.create_task(self._drain())
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return write

    async def stop(self) -> None:
        """Wait for what was queued, up to its deadline."""
        await self._deadlines.wait()

    async def _drain(self) -> None:
        while self._queue:
            count = min(len(self._queue), MAX_BATCH)
            batch = [self._queue.popleft() for _ in range(count)]
            # Those whose sender was told to try again are left out.
            await self._store([waiting for waiting in batch if not waiting[1].done()])

    async def _store(self, batch: list[_Waiting]) -> None:
        """Write a batch and settle everyone in it, whatever happens."""
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                await self._store_good(batch)
        except Exception as error:
            if not is_transient(error):
                log.exception("direct write failed")
            for _, write in batch:
                if not write.done():
                    write.set_exception(Unavailable(f"the database is not available ({type(error).__name__})"))

    async def _store_good(self, batch: list[_Waiting]) -> None:
        while batch:
            try:
                new = await self._write([event for event, _ in batch])
            except retention.Expired as error:
                batch = _without_expired(batch, error.mark)
                continue
            except Exception as error:
                if not is_refusal(error):
                    raise
                batch = await self._without_refused(batch, error)
                continue
            _settle(batch, new)
            return

    async def _write(self, events: Sequence[Event]) -> frozenset[Identity]:
        try:
            return await self._writer.write(events)
        except Exception as error:
            if not is_transient(error):
                raise
        # A connection that broke while it was idle, or a deadlock's victim: a second try costs little.
        return await self._writer.write(events)

    async def _without_refused(self, batch: list[_Waiting], error: Exception) -> list[_Waiting]:
        reasons = await refused(self._writer, [event for event, _ in batch])
        if not reasons:
            raise error
        for index, reason in reasons.items():
            _, write = batch[index]
            if not write.done():
                write.set_exception(Refused(reason))
        return [waiting for index, waiting in enumerate(batch) if index not in reasons]


def _without_expired(batch: list[_Waiting], mark: datetime) -> list[_Waiting]:
    for event, write in batch:
        if event.timestamp < mark and not write.done():
            write.set_exception(TooOld(mark))
    return [waiting for waiting in batch if waiting[0].timestamp >= mark]


def _settle(batch: list[_Waiting], new: frozenset[Identity]) -> None:
    first: set[Identity] = set(new)
    for event, write in batch:
        duplicate = event.identity not in first
        first.discard(event.identity)
        if not write.done():
            write.set_result(DirectReceipt(stored=True, duplicate=duplicate))


def _overdue() -> Exception:
    return Unavailable(f"the database did not commit within {DEADLINE_SECONDS:g} s")
