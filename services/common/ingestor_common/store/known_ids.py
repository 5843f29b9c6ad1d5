"""Finds the ids that the store knows of, in order and a page at a time, whichever table has them.

Each table is searched by jumps along its index from one id to the next, not read through: a session has hundreds of
events.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from ingestor_common.store.pool import Connection

NIL: Final = "00000000-0000-0000-0000-000000000000"
"""Before all ids."""

_OF_SESSIONS: Final = (
    "events", "sessions", "publications", "session_questions", "session_students", "answer_counts",
    "answered_questions",
)  # fmt: skip
_OF_QUESTIONS: Final = {"answer_keys": "true", "questions": "true", "publications": "correct_answer IS NOT NULL"}

_TIMES: Final = {"events": '"timestamp"', "sessions": "last_event_at"}


async def sessions_after(connection: Connection, last: str, since: datetime | None, count: int) -> list[str]:
    """The first `count` sessions after `last`; with `since`, those with an event, or said to have one, from then on."""
    if since is None:
        return await _first(connection, "session_id", dict.fromkeys(_OF_SESSIONS, "true"), last, count)
    conditions = {table: f"{column} >= $3" for table, column in _TIMES.items()}
    return await _first(connection, "session_id", conditions, last, count, since)


async def questions_after(connection: Connection, last: str, count: int) -> list[str]:
    """The first `count` questions after `last` that have a key, or might."""
    return await _first(connection, "question_id", _OF_QUESTIONS, last, count)


async def questions_of(connection: Connection, session_id: str) -> list[str]:
    """The questions of one session."""
    rows = await connection.fetch(
        "SELECT DISTINCT question_id FROM events WHERE session_id = $1 AND question_id IS NOT NULL", session_id
    )
    return [row["question_id"] for row in rows]


async def _first(
    connection: Connection, column: str, conditions: dict[str, str], last: str, count: int, *more: object
) -> list[str]:
    found: set[str] = set()
    for table, condition in conditions.items():
        found.update(
            row[column] for row in await connection.fetch(_jumps(table, column, condition), last, count, *more)
        )
    return _lowest(found, count)


def _lowest(ids: Iterable[str], count: int) -> list[str]:
    # The text of a uuid sorts as the uuid does.
    return sorted(ids)[:count]


def _jumps(table: str, column: str, condition: str) -> str:
    after = f"FROM {table} t WHERE t.{column} > {{}} AND {condition} ORDER BY t.{column} LIMIT 1"
    return f"""
        WITH RECURSIVE found AS (
            (SELECT t.{column} {after.format("$1::uuid")})
            UNION ALL
            SELECT (SELECT t.{column} {after.format(f"found.{column}")}) FROM found WHERE found.{column} IS NOT NULL
        )
        SELECT {column} FROM found WHERE {column} IS NOT NULL LIMIT $2
    """
