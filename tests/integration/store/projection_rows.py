"""All that the store holds of events, as plain values: two stores that hold the same compare equal."""

from typing import Any

import asyncpg

_TABLES = {
    "events": 'session_id, event_id, "timestamp"',
    "sessions": "session_id",
    "publications": "session_id, question_id, published_at, event_id",
    "session_questions": "session_id, question_id",
    "session_students": "session_id, student_id",
    "answer_counts": "session_id, question_id, answer_hash",
    "answered_questions": "session_id, student_id, question_id",
    "answer_keys": "question_id",
}

Rows = dict[str, list[dict[str, Any]]]


async def rows(dsn: str) -> Rows:
    """Every row of every table that events make, in the order of its key; without the time of storing."""
    connection = await asyncpg.connect(dsn)
    try:
        found = {
            table: await connection.fetch(f"SELECT * FROM {table} ORDER BY {key}") for table, key in _TABLES.items()
        }
    finally:
        await connection.close()
    return {
        table: [{name: value for name, value in row.items() if name != "received_at"} for row in records]
        for table, records in found.items()
    }


async def clear(dsn: str) -> None:
    """Remove every row that events and the catalog make."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(f"TRUNCATE {', '.join(_TABLES)}, questions, pending_regrades")
    finally:
        await connection.close()
