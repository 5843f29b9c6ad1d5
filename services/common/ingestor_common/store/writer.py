"""Stores events exactly once, with their projections: the one way by which events get into Postgres.

The consumer and the API's direct path both use it, side by side. Locks are taken in one order everywhere (buckets of
answer keys, then sessions, each sorted), so they wait for each other but never in a ring.
"""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from ingestor_common.events import Event, Identity
from ingestor_common.store import keys, partitions, projections, regrades, retention
from ingestor_common.store.pool import Connection, Pool, is_pooled

Also = Callable[[Connection, frozenset[Identity]], Awaitable[None]]
"""What else belongs into the storing transaction; it is given the identities that were new."""

_COLUMNS: Final = (
    "session_id", "event_id", "timestamp", "event_type", "quiz_id", "classroom_id", "question_id", "teacher_id",
    "student_id", "timer_sec", "answer", "response_time_ms", "correct_answer",
)  # fmt: skip

# Identifiers come in as text, which is measurably faster through COPY than building UUID objects' binary form.
_TABLES: Final = """
    CREATE TEMP TABLE IF NOT EXISTS incoming (
        session_id text, event_id text COLLATE "C", "timestamp" timestamptz, event_type text COLLATE "C", quiz_id text,
        classroom_id text, question_id text, teacher_id text, student_id text, timer_sec integer, answer text,
        response_time_ms integer, correct_answer text
    ) ON COMMIT DELETE ROWS;
    CREATE TEMP TABLE IF NOT EXISTS stored (
        session_id uuid, event_id text COLLATE "C", "timestamp" timestamptz, event_type text COLLATE "C", quiz_id uuid,
        classroom_id uuid, question_id uuid, teacher_id uuid, student_id uuid, timer_sec integer, answer text,
        response_time_ms integer, correct_answer text
    ) ON COMMIT DELETE ROWS;
"""

# Whatever Postgres believes of tables that have just begun to fill, nothing of a batch is found by reading through one.
_BY_INDEX: Final = "SET LOCAL enable_seqscan = off"

_OPEN_SESSIONS: Final = """
    INSERT INTO sessions (session_id, quiz_id, classroom_id, named_at, named_by, first_event_at, last_event_at)
    SELECT DISTINCT ON (session_id::uuid)
        session_id::uuid, quiz_id::uuid, classroom_id::uuid, "timestamp", event_id, "timestamp", "timestamp"
    FROM incoming ORDER BY session_id::uuid, "timestamp", event_id
    ON CONFLICT (session_id) DO NOTHING
"""

_INSERT: Final = """
    WITH inserted AS (
        INSERT INTO events (session_id, event_id, "timestamp", event_type, quiz_id, classroom_id, question_id,
                            teacher_id, student_id, timer_sec, answer, response_time_ms, correct_answer)
        SELECT session_id::uuid, event_id, "timestamp", event_type, quiz_id::uuid, classroom_id::uuid,
               question_id::uuid, teacher_id::uuid, student_id::uuid, timer_sec, answer, response_time_ms,
               correct_answer
        FROM incoming
        ON CONFLICT DO NOTHING
        RETURNING session_id, event_id, "timestamp", event_type, quiz_id, classroom_id, question_id,
                  teacher_id, student_id, timer_sec, answer, response_time_ms, correct_answer
    )
    INSERT INTO stored SELECT * FROM inserted RETURNING session_id, event_id, "timestamp"
"""


class _KeysChanged(Exception):
    """Keys changed under shared locks: start again, holding these questions alone."""

    def __init__(self, questions: list[UUID]) -> None:
        super().__init__()
        self.questions = questions


class LockWaits:
    """How long the locks of transactions took that others held."""

    def __init__(self) -> None:
        self.seconds = 0.0

    @contextmanager
    def measure(self) -> Iterator[None]:
        """What is done meanwhile is waiting for locks."""
        started = time.monotonic()
        try:
            yield
        finally:
            self.seconds += time.monotonic() - started


class Writer:
    """Stores batches of events through a pool of connections. One instance a process; safe for concurrent use.

    With `lock_seconds` a lock that is not to be had in that time fails the batch (errors.is_lock_timeout).
    """

    def __init__(self, pool: Pool, lock_seconds: float | None = None) -> None:
        self._pool = pool
        self._lock_timeout = None if lock_seconds is None else f"SET LOCAL lock_timeout = {lock_seconds * 1000:.0f}"
        self._months: set[partitions.Month] = set()

    async def write(
        self, events: Sequence[Event], also: Also | None = None, waits: LockWaits | None = None
    ) -> frozenset[Identity]:
        """Store `events` in one transaction, together with what `also` does in it; returns the identities that were
        new. The others were stored before, or stand twice in `events`. `waits` is told of the waiting for locks.

        Raises retention.Expired, and stores nothing, where any of them is older than what retention has dropped; and
        what asyncpg raises: see errors.py for what passes by itself and what is about the data.
        """
        async with self._pool.acquire() as connection:
            return await self._attempts(connection, events, also, waits or LockWaits())

    async def _attempts(
        self, connection: Connection, events: Sequence[Event], also: Also | None, waits: LockWaits
    ) -> frozenset[Identity]:
        alone: set[UUID] = set()
        remade = False
        while True:
            await self._make_partitions(connection, [event.timestamp for event in events])
            try:
                async with self._transaction(connection):
                    if is_pooled(self._pool):
                        # The server connection may come from a release whose tables had another shape.
                        await connection.execute("DISCARD TEMP")
                    new = await store(connection, events, alone, waits)
                    if also is not None:
                        await also(connection, new)
                return new
            except _KeysChanged as changed:
                alone.update(changed.questions)
            except asyncpg.CheckViolationError as error:
                # Somebody dropped a partition that this process believes to be there.
                if remade or "no partition of relation" not in str(error):
                    raise
                remade = True
                self._months.clear()

    @asynccontextmanager
    async def _transaction(self, connection: Connection) -> AsyncIterator[None]:
        async with connection.transaction():
            if self._lock_timeout is not None:
                await connection.execute(self._lock_timeout)
            yield

    async def _make_partitions(self, connection: Connection, times: Sequence[datetime]) -> None:
        missing = partitions.months_of(times) - self._months
        if missing:
            async with self._transaction(connection):
                await partitions.ensure(connection, missing)
            self._months |= missing


async def store(
    connection: Connection, events: Sequence[Event], alone: set[UUID], waits: LockWaits
) -> frozenset[Identity]:
    """Store `events` inside the caller's transaction; `alone` are questions whose keys may change in it."""
    # The lock first; all in one round trip.
    await connection.execute(f"{retention.HOLD}; {_BY_INDEX}; {_TABLES}")
    mark = await retention.current_mark(connection)
    if mark is not None and any(event.timestamp < mark for event in events):
        raise retention.Expired(mark)
    await connection.copy_records_to_table("incoming", records=[_row(event) for event in events], columns=_COLUMNS)
    sessions = {str(event.session_id) for event in events}
    answered = {event.question_id for event in events if event.event_type == "ANSWER_SUBMITTED" and event.question_id}
    published = [
        (event.question_id, event.correct_answer)
        for event in events
        if event.correct_answer is not None and event.question_id
    ]
    keyed = {question for question, _ in published}
    if keyed - alone:
        # Known before the rows are stored: to learn it afterwards costs storing them twice.
        alone = alone | set(await keys.changing(connection, published))
    with waits.measure():
        await keys.lock(connection, answered | keyed, alone)
    regraded = await regrades.at_once(connection, alone) if alone else []
    sessions.update(regraded or ())
    with waits.measure():
        await connection.execute(_OPEN_SESSIONS)
        await projections.hold_sessions(connection, list(sessions))
    new = frozenset(Identity(*row) for row in await connection.fetch(_INSERT))
    if new:
        await _project(connection, events, keyed, alone, later=regraded is None)
    return new


async def _project(
    connection: Connection, events: Sequence[Event], keyed: set[UUID], alone: set[UUID], *, later: bool
) -> None:
    types = {event.event_type for event in events}
    publications = "QUESTION_PUBLISHED" in types
    dirty: set[str] = set()
    if publications:
        await projections.keep_publications(connection)
        dirty |= await projections.dirtied_by_publications(connection)
    if keyed:
        dirty |= await _regrade(connection, keyed, alone, later=later)
    await projections.fold(connection, publications=publications, answers="ANSWER_SUBMITTED" in types)
    await regrades.regrade(connection, dirty)


async def _regrade(connection: Connection, keyed: set[UUID], alone: set[UUID], *, later: bool) -> set[str]:
    changed = await keys.changed(connection, keyed)
    if not alone.issuperset(changed):
        raise _KeysChanged(changed)
    if not changed:
        return set()
    await keys.refresh(connection, changed)
    if later:
        await regrades.note(connection, changed)
        return set()
    return set(await keys.sessions_answering(connection, changed))


def _row(event: Event) -> tuple[object, ...]:
    return (
        str(event.session_id),
        event.event_id,
        event.timestamp,
        event.event_type,
        str(event.quiz_id),
        str(event.classroom_id),
        event.question_id and str(event.question_id),
        event.teacher_id and str(event.teacher_id),
        event.student_id and str(event.student_id),
        event.timer_sec,
        event.answer,
        event.response_time_ms,
        event.correct_answer,
    )
