"""Sessions of old months, and what the store must tell of them whatever retention does."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import asyncpg

from ingestor_common.events import Event
from ingestor_common.store import dropping, partitions
from ingestor_common.store.known_ids import NIL, sessions_after
from ingestor_common.store.partitions import Month, State
from ingestor_common.store.pool import Connection
from ingestor_common.store.rebuild import Checked, rebuild_session

QUIZ, CLASSROOM, QUESTION = (UUID(int=kind << 64) for kind in range(1, 4))


class Figure(NamedTuple):
    """What the projections tell of a session."""

    events: int
    answers: int


def answer(session: int, number: int, moment: datetime) -> Event:
    """An answer of student `number`."""
    return Event(
        event_id=f"answer {number}",
        event_type="ANSWER_SUBMITTED",
        timestamp=moment,
        session_id=UUID(int=10 << 64 | session),
        quiz_id=QUIZ,
        classroom_id=CLASSROOM,
        question_id=QUESTION,
        student_id=UUID(int=20 << 64 | number),
        answer="AB"[number % 2],
    )


def answers(session: int, start: datetime, count: int) -> list[Event]:
    """A session's answers, one a minute."""
    return [answer(session, number, start + timedelta(minutes=number)) for number in range(count)]


def figures_of(events: Iterable[Event]) -> dict[str, Figure]:
    """What the projections must tell once these have been stored, each once."""
    counts = Counter(str(event.session_id) for event in {event.identity: event for event in events}.values())
    return {session: Figure(count, count) for session, count in counts.items()}


async def figures(connection: Connection) -> dict[str, Figure]:
    """What the projections tell."""
    rows = await connection.fetch(
        "SELECT s.session_id::text, s.events, coalesce(sum(q.answers), 0)::bigint FROM sessions s"
        " LEFT JOIN session_questions q USING (session_id) GROUP BY s.session_id"
    )
    return {session: Figure(events, count) for session, events, count in rows}


async def stored(connection: Connection) -> set[tuple[str, str, datetime]]:
    """The identities in `events`."""
    rows = await connection.fetch('SELECT session_id::text, event_id, "timestamp" FROM events')
    return {(row[0], row[1], row[2]) for row in rows}


async def drop_before(connection: Connection, first: Month) -> None:
    """A whole run of retention."""
    assert await dropping.begin_run(connection)
    for step in await dropping.find_steps(connection, first):
        await dropping.measure(connection, step)
        await dropping.take(connection, step)


async def run_retention(dsn: str, first: Month) -> None:
    """A whole run, on a connection of its own."""
    connection = await asyncpg.connect(dsn)
    try:
        await drop_before(connection, first)
    finally:
        await connection.close()


async def require_clean(connection: Connection, first: Month) -> None:
    """Nothing of before `first` is left, and no table that a run would still have to do something about."""
    states = await partitions.states(connection)
    assert set(states.values()) <= {State.ATTACHED}
    assert all(month >= first for month in states)
    assert await dropping.find_steps(connection, first) == []
    assert await connection.fetchval('SELECT count(*) FROM events WHERE "timestamp" < $1', first.start) == 0


async def rebuild_all(connection: Connection) -> list[Checked]:
    """Repair every session."""
    sessions = await sessions_after(connection, NIL, None, 1000)
    return [await rebuild_session(connection, session, repair=True) for session in sessions]
