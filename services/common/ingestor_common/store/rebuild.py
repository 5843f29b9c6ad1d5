"""Computes projections and answer keys afresh, one session or key at a time, beside running writers.

The statements are the writer's own (projections.py, keys.py), in a transaction that holds the session as a writer
does, between two looks at its rows. What differs was wrong. Where nothing differs, or nothing is to be repaired, the
transaction is rolled back.

Sessions are graded by `answer_keys`, and keys come from `publications`, which are projections too: `rebuild_keys`, then
`rebuild_session` for each session, then, where anything was repaired, `rebuild_keys` again leave everything right.
"""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from ingestor_common.store import keys, partitions, projections, regrades, retention
from ingestor_common.store.pool import Connection

# Each table's columns that tell the rows of one session apart.
_TABLES: Final = {
    "sessions": (),
    "publications": ("question_id", "published_at", "event_id"),
    "session_questions": ("question_id",),
    "session_students": ("student_id",),
    "answer_counts": ("question_id", "answer_hash"),
    "answered_questions": ("student_id", "question_id"),
}
# Texts are compared by what they hash to: a session may hold hundreds of thousands, of 4 KB each.
_COLUMNS: Final = {
    "answer_counts": "question_id, encode(answer_hash, 'hex') AS answer_hash,"
    " encode(sha256(convert_to(answer, 'UTF8')), 'hex') AS answer, answers",
}

WHOLE_ROW: Final = "row"


@dataclass(frozen=True, slots=True)
class Difference:
    """A column that was not what the events give; `column` is WHOLE_ROW where the row was missing, or should be.

    `session_id` is None for an answer key. `key` names the row within the session: "question_id=...".
    """

    session_id: str | None
    table: str
    key: str
    column: str
    was: object
    now: object

    def __str__(self) -> str:
        of = "" if self.session_id is None else f"session {self.session_id}: "
        row = f"[{self.key}]" if self.key else ""
        return f"{of}{self.table}{row}.{self.column}: {self.was} -> {self.now}"


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found in one session. `dropped`: its events, or some, went with a dropped partition of `events`, so
    that there is nothing to compute it from; it is left as it is."""

    differences: Sequence[Difference]
    dropped: bool = False


async def rebuild_session(connection: Connection, session_id: str, *, repair: bool) -> Checked:
    """Compare the session's projections with its events, and with `repair` make them right."""
    async with _kept_if(connection, repair) as outcome:
        checked = await _compute(connection, session_id)
        outcome.keep = bool(checked.differences)
    return checked


async def rebuild_keys(connection: Connection, questions: Sequence[str], *, repair: bool) -> list[Difference]:
    """Compare the keys that the questions' answers are graded by with the catalog and the publications; with `repair`
    grade by the right ones from now on, and what is stored again. The sessions' differences that this brings to light
    are among those returned, unless they are so many that they are only noted (regrades.py)."""
    suspects = await keys.changed(connection, [UUID(question) for question in questions])
    found: list[Difference] = []
    for question in suspects:
        async with _kept_if(connection, repair) as outcome:
            differences = await _regrade(connection, question)
            outcome.keep = bool(differences)
        found += differences
    return found


@dataclass(slots=True)
class _Outcome:
    keep: bool = False


@asynccontextmanager
async def _kept_if(connection: Connection, repair: bool) -> AsyncIterator[_Outcome]:
    outcome = _Outcome()
    transaction = connection.transaction()
    await transaction.start()
    try:
        await retention.hold(connection)
        yield outcome
    except BaseException:
        await transaction.rollback()
        raise
    await (transaction.commit() if repair and outcome.keep else transaction.rollback())


_ANSWERED: Final = """
    SELECT DISTINCT question_id FROM events WHERE session_id = $1 AND event_type = 'ANSWER_SUBMITTED'
"""

_OPEN: Final = """
    INSERT INTO sessions (session_id, quiz_id, classroom_id, named_at, named_by, first_event_at, last_event_at)
    SELECT session_id, quiz_id, classroom_id, "timestamp", event_id, "timestamp", "timestamp"
    FROM events WHERE session_id = $1 ORDER BY "timestamp", event_id LIMIT 1
    ON CONFLICT (session_id) DO NOTHING RETURNING session_id
"""

_SPAN: Final = 'SELECT min("timestamp") AS first, max("timestamp") AS last FROM events WHERE session_id = $1'

_Rows = dict[tuple[str, str], Mapping[str, Any]]


async def _compute(connection: Connection, session_id: str) -> Checked:
    # The same order of locks as the writer's: keys, then the session.
    questions = await connection.fetch(_ANSWERED, session_id)
    await keys.lock(connection, shared=[UUID(str(row["question_id"])) for row in questions], alone=())
    opened = await connection.fetchval(_OPEN, session_id) is not None
    await projections.hold_sessions(connection, [session_id])
    before = await _rows(connection, session_id)
    if opened:
        del before["sessions", ""]
    span: Any = await connection.fetchrow(_SPAN, session_id)
    if await _dropped(connection, before.get(("sessions", "")), span["first"]):
        return Checked((), dropped=True)
    if span["first"] is None:
        await _forget(connection, session_id)
    else:
        await connection.execute(
            "UPDATE sessions SET first_event_at = $2, last_event_at = $3 WHERE session_id = $1", session_id, *span
        )
        await projections.refold(connection, [session_id])
    after = await _rows(connection, session_id)
    return Checked(tuple(_differences(session_id, before, after)))


async def _dropped(connection: Connection, row: Mapping[str, Any] | None, first: Any) -> bool:
    """Whether the session began before the retention mark, or in a month whose partition is gone; without its events,
    its row is all that tells of it. `first` is the time of its earliest event that is left."""
    mark = await retention.current_mark(connection)
    began = [first] if row is None else [first, row["first_event_at"]]
    if any(moment is not None and retention.is_expired(moment, mark) for moment in began):
        return True
    if row is None or (first is not None and first <= row["first_event_at"]):
        return False
    return bool(await partitions.gone(connection, [row["first_event_at"]]))


async def _rows(connection: Connection, session_id: str) -> _Rows:
    found: _Rows = {}
    for table, columns in _TABLES.items():
        selected = _COLUMNS.get(table, "*")
        for row in await connection.fetch(f"SELECT {selected} FROM {table} WHERE session_id = $1", session_id):
            found[table, ", ".join(f"{column}={row[column]}" for column in columns)] = dict(row)
    return found


async def _forget(connection: Connection, session_id: str) -> None:
    for table in _TABLES:
        await connection.execute(f"DELETE FROM {table} WHERE session_id = $1", session_id)


def _differences(session_id: str, before: _Rows, after: _Rows) -> Iterator[Difference]:
    for table, key in sorted(before.keys() | after.keys()):
        was, now = before.get((table, key)), after.get((table, key))
        if was is None or now is None:
            presence = [("missing" if row is None else "present") for row in (was, now)]
            yield Difference(session_id, table, key, WHOLE_ROW, *presence)
            continue
        for column in _differing(was, now):
            yield Difference(session_id, table, key, column, was[column], now[column])


def _differing(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterable[str]:
    return (column for column in now if was[column] != now[column])


async def _regrade(connection: Connection, question: UUID) -> list[Difference]:
    await keys.lock(connection, shared=(), alone=(question,))
    # Again, now that nobody else can change it.
    if not await keys.changed(connection, [question]):
        return []
    was = await _key(connection, question)
    await keys.refresh(connection, [question])
    now = await _key(connection, question)
    found = [Difference(None, "answer_keys", f"question_id={question}", "answer", was, now)]
    sessions = await regrades.at_once(connection, [question])
    if sessions is None:
        await regrades.note(connection, [question])
        return found
    await projections.hold_sessions(connection, sessions)
    if not sessions:
        return found
    sessions.sort()
    before = {session: await _rows(connection, session) for session in sessions}
    await regrades.regrade(connection, sessions)
    for session in sessions:
        found += _differences(session, before[session], await _rows(connection, session))
    return found


async def _key(connection: Connection, question: UUID) -> object:
    return await connection.fetchval("SELECT answer FROM answer_keys WHERE question_id = $1", question)
