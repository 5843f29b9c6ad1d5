"""Checks a database against a truth file: session by session, so that millions of events fit."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import asyncpg

from ingestor_dev.sim.comparison import Comparison, FaultKind, Known, compare
from ingestor_dev.sim.errors import SimulatorError
from ingestor_dev.sim.events import Event, decode_event, encode_event
from ingestor_dev.sim.truth_lines import truth_lines
from ingestor_dev.sim.verdict import Verdict

_Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

_SESSIONS_AT_ONCE = 200
_LOOK_AGAIN_SEC = 0.25

_CREATE = """
CREATE TEMP TABLE truth (session_id text NOT NULL, event_id text NOT NULL, sent bytea, told text)
"""
_KNOWN = """
SELECT session_id, event_id,
       (array_agg(sent) FILTER (WHERE sent IS NOT NULL))[1] AS sent,
       coalesce(array_agg(told) FILTER (WHERE told IS NOT NULL), '{}') AS told
FROM truth WHERE session_id = ANY($1::text[]) GROUP BY session_id, event_id
"""
# In the order of the fields of Event.
_STORED = """
SELECT event_id, event_type, "timestamp", session_id::text, quiz_id::text, classroom_id::text,
       question_id::text, teacher_id::text, student_id::text, timer_sec, answer, response_time_ms,
       correct_answer
FROM events WHERE session_id = ANY($1::uuid[])
"""


async def verify(path: Path, database_url: str, wait: float) -> Verdict:
    """Compare; look again for up to `wait` seconds at sessions whose events are not all there yet."""
    connection = await _connect(database_url)
    try:
        sessions = await _load(connection, path)
        return await _compare_all(connection, sessions, wait)
    except asyncpg.UndefinedTableError as error:
        raise SimulatorError(f"{error}; run `ingestor-admin migrate` on this database first") from error
    finally:
        await connection.close()


async def _connect(database_url: str) -> _Connection:
    try:
        return await asyncpg.connect(database_url)
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise SimulatorError(f"cannot reach the database: {error}; check --database-url") from error


async def _load(connection: _Connection, path: Path) -> Sequence[str]:
    """Put the truth into a temporary table; gives its sessions."""
    await connection.execute(_CREATE)
    await connection.copy_records_to_table("truth", records=_records(path))
    await connection.execute("CREATE INDEX ON truth (session_id)")
    await connection.execute("ANALYZE truth")
    sessions = await connection.fetch("SELECT DISTINCT session_id FROM truth ORDER BY session_id")
    return [row["session_id"] for row in sessions]


def _records(path: Path) -> Iterator[tuple[str, str, bytes | None, str | None]]:
    for line in truth_lines(path):
        if line.sent is not None:
            yield line.sent.session_id, line.sent.event_id, encode_event(line.sent), None
        elif line.told is not None:
            told = line.told
            yield told.session_id, told.event_id, None, f"{told.mode} {bytes(told.receipt).decode()}"


async def _compare_all(connection: _Connection, sessions: Sequence[str], wait: float) -> Verdict:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + wait
    found: dict[str, Comparison] = {}
    open_sessions = sessions
    while True:
        for first in range(0, len(open_sessions), _SESSIONS_AT_ONCE):
            found |= await _compare_some(connection, open_sessions[first : first + _SESSIONS_AT_ONCE])
        open_sessions = [session for session in open_sessions if _misses_events(found[session])]
        if not open_sessions or loop.time() >= deadline:
            return Verdict(found.values())
        await asyncio.sleep(_LOOK_AGAIN_SEC)


def _misses_events(comparison: Comparison) -> bool:
    return any(fault.kind is FaultKind.LOST for fault in comparison.faults)


async def _compare_some(connection: _Connection, sessions: Sequence[str]) -> dict[str, Comparison]:
    known: defaultdict[str, list[Known]] = defaultdict(list)
    for row in await connection.fetch(_KNOWN, sessions):
        known[row["session_id"]].append(_known(row))
    stored: defaultdict[str, list[Event]] = defaultdict(list)
    for row in await connection.fetch(_STORED, sessions):
        event = Event(*row)
        stored[event.session_id].append(event)
    return {session: compare(known[session], stored[session]) for session in sessions}


def _known(row: Any) -> Known:
    if row["sent"] is None:
        raise SimulatorError(f"the truth file tells of event {row['event_id']} without a line that it was sent")
    return Known(decode_event(row["sent"]), row["told"])
