"""The way into Postgres: concurrent requests share transactions.

None of them costs another its answer: a batch that is refused is stored by halves, down to the row at fault, and
sessions that somebody else has locked are set aside, to be tried beside the others until their deadline.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog

from ingestor_api.deadlines import Deadlines
from ingestor_api.receipts import DirectReceipt, Refused, TooOld, Unavailable
from ingestor_common.events import Event, Identity
from ingestor_common.store.errors import in_words, is_lock_timeout, is_refusal, is_transient
from ingestor_common.store.halves import store_by_halves
from ingestor_common.store.retention import Expired
from ingestor_common.store.writer import Writer

log = structlog.get_logger(__name__)

DEADLINE_SECONDS: Final = 4.0
MAX_BATCH: Final = 1000
CONCURRENT_TRANSACTIONS: Final = 2
LOCK_SECONDS: Final = 0.1
"""How long a transaction waits for a lock. To find one locked session among 1,000 takes ten such waits: a second."""
LOCKED_AGAIN_SECONDS: Final = 0.05

Write = asyncio.Future[DirectReceipt]
_Waiting = tuple[Event, Write]


class DirectWriter:
    """Writes events in micro-batches: while one transaction commits, the events that arrive form the next one.

    `writer` waits at most LOCK_SECONDS for a lock.
    """

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._queue: deque[_Waiting] = deque()
        self._running: set[asyncio.Task[None]] = set()
        self._locked: deque[_Waiting] = deque()
        self._locked_sessions: set[UUID] = set()
        self._trying_locked: asyncio.Task[None] | None = None
        self._deadlines = Deadlines(DEADLINE_SECONDS, _overdue)

    def write(self, event: Event) -> Write:
        """Queue an event. It ends within the deadline: a receipt, Refused for its content, or Unavailable."""
        write: Write = asyncio.get_running_loop().create_future()
        self._deadlines.watch(write)
        if event.session_id in self._locked_sessions:
            self._set_aside([(event, write)])
            return write
        self._queue.append((event, write))
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
            await self._store([self._queue.popleft() for _ in range(count)])

    async def _drain_locked(self) -> None:
        while self._locked:
            await asyncio.sleep(LOCKED_AGAIN_SECONDS)
            batch, self._locked = list(self._locked), deque()
            await self._store(batch)
        self._locked_sessions.clear()
        self._trying_locked = None

    async def _store(self, batch: list[_Waiting]) -> None:
        """Write a batch and settle everyone in it, or set it aside, whatever happens."""
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                await store_by_halves(_by_session(batch), self._store_sessions, self._store_apart, _is_split)
        except Exception as error:
            if not is_transient(error):
                log.exception("direct write failed")
            for _, write in batch:
                if not write.done():
                    write.set_exception(Unavailable(f"the database is not available ({in_words(error)})"))

    async def _store_sessions(self, sessions: Sequence[list[_Waiting]]) -> None:
        await self._store_rows([waiting for session in sessions for waiting in session])

    async def _store_rows(self, rows: Sequence[_Waiting]) -> None:
        # Those whose sender was told to try again are left out.
        waiting = [row for row in rows if not row[1].done()]
        if not waiting:
            return
        try:
            new = await self._write([event for event, _ in waiting])
        except Expired as error:
            await self._store_rows(_without_expired(waiting, error.mark))
            return
        _settle(waiting, new)
        self._locked_sessions.difference_update(event.session_id for event, _ in waiting)

    async def _write(self, events: Sequence[Event]) -> frozenset[Identity]:
        try:
            return await self._writer.write(events)
        except Exception as error:
            if is_lock_timeout(error) or not is_transient(error):
                raise
        # A connection that broke while it was idle, or a deadlock's victim: a second try costs little.
        return await self._writer.write(events)

    async def _store_apart(self, session: list[_Waiting], error: Exception) -> None:
        """What is left of a batch when splitting it has come down to one session."""
        if is_lock_timeout(error):
            # All its rows need the same lock, so that splitting them would only wait for it as many times.
            self._set_aside(session)
            return
        await store_by_halves(session, self._store_rows, self._refuse, _is_split)

    async def _refuse(self, row: _Waiting, error: Exception) -> None:
        if is_lock_timeout(error):
            self._set_aside([row])
        elif not row[1].done():
            row[1].set_exception(Refused(str(error) or in_words(error)))

    def _set_aside(self, rows: Sequence[_Waiting]) -> None:
        waiting = [row for row in rows if not row[1].done()]
        self._locked.extend(waiting)
        self._locked_sessions.update(event.session_id for event, _ in waiting)
        if waiting and self._trying_locked is None:
            self._trying_locked = asyncio.create_task(self._drain_locked())


def _is_split(error: Exception) -> bool:
    return is_refusal(error) or is_lock_timeout(error)


def _by_session(batch: Sequence[_Waiting]) -> list[list[_Waiting]]:
    sessions: dict[UUID, list[_Waiting]] = {}
    for row in batch:
        sessions.setdefault(row[0].session_id, []).append(row)
    return list(sessions.values())


def _without_expired(batch: Sequence[_Waiting], mark: datetime) -> list[_Waiting]:
    for event, write in batch:
        if event.timestamp < mark and not write.done():
            write.set_exception(TooOld(mark))
    return [waiting for waiting in batch if waiting[0].timestamp >= mark]


def _settle(batch: Sequence[_Waiting], new: frozenset[Identity]) -> None:
    first: set[Identity] = set(new)
    for event, write in batch:
        duplicate = event.identity not in first
        first.discard(event.identity)
        if not write.done():
            write.set_result(DirectReceipt(stored=True, duplicate=duplicate))


def _overdue() -> Exception:
    return Unavailable(f"the database did not commit within {DEADLINE_SECONDS:g} s")
