"""Regrading what is stored when an answer key changes or a publication comes late: at once if it is little, or later.

Grading takes some microseconds an answer. A question bank's question may have been answered in thousands of sessions,
and one session may hold a million answers, whose sender goes on publishing. Whoever stores such an event would hold its
partition, and the key's lock, for all that time, or time out for ever. So what is beyond MAX_AT_ONCE or
MAX_EVENTS_AT_ONCE is only noted, in the transaction that makes it necessary, and worked off a few at a time. See
docs/adr/0043-regrading-in-pieces.md and docs/adr/0044-bounded-storing.md.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from itertools import accumulate
from typing import Final
from uuid import UUID

import asyncpg

from ingestor_common.store import errors, keys, projections, retention
from ingestor_common.store.pool import Connection

MAX_AT_ONCE: Final = 200
"""Sessions."""
MAX_EVENTS_AT_ONCE: Final = 10_000
"""Events of those sessions together, which takes about 0.1 s."""

PER_EVENT: Final = timedelta(microseconds=100)
"""A large session is regraded once for each time so long: it is locked meanwhile, for about a twentieth of that."""
POSTPONED: Final = timedelta(minutes=10)
"""One that could not be regraded in a statement's time keeps the others from it only so often."""

_NOTE: Final = """
    INSERT INTO pending_regrades (session_id)
    SELECT DISTINCT session_id FROM session_questions WHERE question_id = ANY($1::uuid[]) AND answers > 0
    ORDER BY session_id
    ON CONFLICT (session_id) DO NOTHING
"""
_NOTE_SESSIONS: Final = """
    INSERT INTO pending_regrades (session_id, due)
    SELECT session_id, now() + events * $2::interval FROM sessions WHERE session_id = ANY($1::uuid[])
    ORDER BY session_id
    ON CONFLICT (session_id) DO NOTHING
"""
_NEXT: Final = """
    SELECT session_id FROM pending_regrades WHERE due <= now() OR NOT $2 ORDER BY due, session_id LIMIT $1
    FOR UPDATE SKIP LOCKED
"""
_TAKE: Final = "SELECT session_id FROM pending_regrades WHERE session_id = $1 FOR UPDATE SKIP LOCKED"
_SIZES: Final = "SELECT session_id, events FROM sessions WHERE session_id = ANY($1::uuid[])"
_QUESTIONS: Final = "SELECT DISTINCT question_id FROM session_questions WHERE session_id = ANY($1::uuid[])"
_DONE: Final = "DELETE FROM pending_regrades WHERE session_id = ANY($1::uuid[])"
_POSTPONE: Final = "UPDATE pending_regrades SET due = now() + $2 WHERE session_id = ANY($1::uuid[])"


async def at_once(connection: Connection, questions: Iterable[UUID]) -> list[str] | None:
    """The sessions to regrade when keys of `questions` change; None where they are too many for one time."""
    found = await keys.sessions_answering(connection, questions, limit=MAX_AT_ONCE + 1)
    return found if len(found) <= MAX_AT_ONCE else None


async def note(connection: Connection, questions: Iterable[UUID]) -> None:
    """Have every session that answered one of `questions` regraded later.

    The caller has changed their keys and holds their buckets alone. In order of the sessions, so that two that note the
    same ones cannot wait for each other in a ring.
    """
    await connection.execute(_NOTE, list(questions))


async def regrade(connection: Connection, sessions: Collection[str]) -> None:
    """Grade the answers of `sessions`, which the caller holds, again: the smallest at once, the others later."""
    if not sessions:
        return
    sizes = await _sizes(connection, sessions)
    few = _first(sorted(sizes, key=sizes.__getitem__), sizes, at_least=0)
    if few:
        await projections.regrade(connection, few)
    if large := set(sizes).difference(few):
        await connection.execute(_NOTE_SESSIONS, list(large), PER_EVENT)


async def work_off(connection: Connection, limit: int, *, due_only: bool = False) -> int:
    """Regrade up to `limit` noted sessions in one transaction; how many it were. `due_only` leaves out those of which
    the time has not come yet: large ones, which are not to be locked all the time.

    Several may work at once, beside writers. Raises what asyncpg raises; a session that takes longer than a statement
    may, or cannot be regraded at all, is postponed, and holds up none of the others.
    """
    sessions: Sequence[str] = ()
    try:
        async with connection.transaction():
            await retention.hold(connection)
            noted = [row["session_id"] for row in await connection.fetch(_NEXT, limit, due_only)]
            sessions = _first(noted, await _sizes(connection, noted), at_least=1)
            if sessions:
                await _regrade(connection, sessions)
            return len(sessions)
    except Exception as error:
        if not sessions or not _is_of_sessions(error):
            raise
        if len(sessions) == 1:
            await connection.execute(_POSTPONE, sessions, POSTPONED)
            raise
    # One of them is at fault, and it is not known which.
    return sum([await _work_off_alone(connection, session) for session in sessions])


async def _work_off_alone(connection: Connection, session: str) -> bool:
    try:
        async with connection.transaction():
            await retention.hold(connection)
            if await connection.fetchval(_TAKE, session) is None:
                return False
            await _regrade(connection, [session])
    except Exception as error:
        if not _is_of_sessions(error):
            raise
        await connection.execute(_POSTPONE, [session], POSTPONED)
        return False
    return True


def _is_of_sessions(error: Exception) -> bool:
    """Whether it is what the sessions hold that failed. Behind a pooler it is our own time that runs out."""
    return isinstance(error, (TimeoutError, asyncpg.QueryCanceledError)) or errors.is_refusal(error)


async def _sizes(connection: Connection, sessions: Collection[str]) -> dict[str, int]:
    """How many events each has; those are left out that are not known any more."""
    return {row["session_id"]: row["events"] for row in await connection.fetch(_SIZES, list(sessions))}


def _first(sessions: Sequence[str], sizes: Mapping[str, int], at_least: int) -> list[str]:
    """The first of `sessions`: as many as have MAX_EVENTS_AT_ONCE events together, but `at_least` so many."""
    totals = accumulate(sizes.get(session, 0) for session in sessions)
    few = sum(total <= MAX_EVENTS_AT_ONCE for total in totals)
    return list(sessions[: max(few, at_least)])


async def _regrade(connection: Connection, sessions: Sequence[str]) -> None:
    # The same order of locks as the writer's: keys, then sessions.
    locked = await _questions(connection, sessions)
    await keys.lock(connection, shared=locked, alone=())
    await projections.hold_sessions(connection, sessions)
    if (await _questions(connection, sessions)) - locked:
        # Answered for the first time meanwhile: its key may be changing right now, unseen. They stay for the next time.
        return
    await projections.regrade(connection, sessions)
    await connection.execute(_DONE, sessions)


async def _questions(connection: Connection, sessions: Sequence[str]) -> set[UUID]:
    return {UUID(row["question_id"]) for row in await connection.fetch(_QUESTIONS, sessions)}
