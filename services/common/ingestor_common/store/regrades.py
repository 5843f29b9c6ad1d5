"""Regrading what is stored when an answer key changes: at once where few sessions answered the question, else later.

A session is computed afresh in some milliseconds, and a question bank's question may have been answered in thousands.
Whoever stores a key's publication would hold its partition, and the key's lock, for all that time, or time out for
ever. So beyond MAX_AT_ONCE they are only noted, in the transaction that changes the key, and worked off a few at a
time. See docs/adr/0043-regrading-in-pieces.md.
"""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from ingestor_common.store import keys, projections, retention
from ingestor_common.store.pool import Connection

MAX_AT_ONCE: Final = 200

_NOTE: Final = """
    INSERT INTO pending_regrades (session_id)
    SELECT DISTINCT session_id FROM session_questions WHERE question_id = ANY($1::uuid[]) AND answers > 0
    ORDER BY session_id
    ON CONFLICT (session_id) DO NOTHING
"""
_NEXT: Final = """
    SELECT session_id FROM pending_regrades ORDER BY since, session_id LIMIT $1 FOR UPDATE SKIP LOCKED
"""
_QUESTIONS: Final = "SELECT DISTINCT question_id FROM session_questions WHERE session_id = ANY($1::uuid[])"
_DONE: Final = "DELETE FROM pending_regrades WHERE session_id = ANY($1::uuid[])"


async def at_once(connection: Connection, questions: Iterable[UUID]) -> list[str] | None:
    """The sessions to compute afresh when keys of `questions` change; None where they are too many for one time."""
    found = await keys.sessions_answering(connection, questions, limit=MAX_AT_ONCE + 1)
    return found if len(found) <= MAX_AT_ONCE else None


async def note(connection: Connection, questions: Iterable[UUID]) -> None:
    """Have every session that answered one of `questions` computed afresh later.

    The caller has changed their keys and holds their buckets alone. In order of the sessions, so that two that note the
    same ones cannot wait for each other in a ring.
    """
    await connection.execute(_NOTE, list(questions))


async def work_off(connection: Connection, limit: int) -> int:
    """Compute up to `limit` noted sessions afresh in one transaction; how many it were.

    Several may work at once, beside writers.
    """
    async with connection.transaction():
        await retention.hold(connection)
        sessions = [row["session_id"] for row in await connection.fetch(_NEXT, limit)]
        if sessions:
            await _compute(connection, sessions)
        return len(sessions)


async def _compute(connection: Connection, sessions: list[str]) -> None:
    # The same order of locks as the writer's: keys, then sessions.
    locked = await _questions(connection, sessions)
    await keys.lock(connection, shared=locked, alone=())
    await projections.hold_sessions(connection, sessions)
    if (await _questions(connection, sessions)) - locked:
        # Answered for the first time meanwhile: its key may be changing right now, unseen. They stay for the next time.
        return
    await projections.refold(connection, sessions)
    await connection.execute(_DONE, sessions)


async def _questions(connection: Connection, sessions: list[str]) -> set[UUID]:
    return {UUID(row["question_id"]) for row in await connection.fetch(_QUESTIONS, sessions)}
