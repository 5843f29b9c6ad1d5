"""The catalog: quizzes, questions with their answer keys, classrooms and rosters, in any order relative to events."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ingestor_common.store import keys, projections, regrades, retention
from ingestor_common.store.pool import Connection


@dataclass(frozen=True, slots=True)
class Quiz:
    quiz_id: str
    title: str
    description: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Question:
    question_id: str
    quiz_id: str
    text: str | None
    correct_answer: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Classroom:
    classroom_id: str
    name: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class RosterEntry:
    student_id: str
    name: str | None


async def put_quiz(connection: Connection, quiz_id: UUID, title: str, description: str | None) -> Quiz:
    """Set a quiz's title and description."""
    row = await connection.fetchrow(
        "INSERT INTO quizzes (quiz_id, title, description) VALUES ($1, $2, $3)"
        " ON CONFLICT (quiz_id) DO UPDATE SET title = excluded.title, description = excluded.description,"
        " updated_at = now() RETURNING quiz_id::text, title, description, created_at, updated_at",
        quiz_id,
        title,
        description,
    )
    return Quiz(*row)  # type: ignore[misc]


async def get_quiz(connection: Connection, quiz_id: UUID) -> Quiz | None:
    row = await connection.fetchrow(
        "SELECT quiz_id::text, title, description, created_at, updated_at FROM quizzes WHERE quiz_id = $1",
        quiz_id,
    )
    return None if row is None else Quiz(*row)


async def put_question(
    connection: Connection, question_id: UUID, quiz_id: UUID, text: str | None, correct_answer: str | None
) -> Question:
    """Set a question and its answer key; answers already stored are regraded where that changes the key in force: at
    once, or soon where they are of many sessions."""
    async with connection.transaction():
        await retention.hold(connection)
        await keys.lock(connection, shared=(), alone=(question_id,))
        row = await connection.fetchrow(
            "INSERT INTO questions (question_id, quiz_id, text, correct_answer) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (question_id) DO UPDATE SET quiz_id = excluded.quiz_id, text = excluded.text,"
            " correct_answer = excluded.correct_answer, updated_at = now()"
            " RETURNING question_id::text, quiz_id::text, text, correct_answer, created_at, updated_at",
            question_id,
            quiz_id,
            text,
            correct_answer,
        )
        if await keys.changed(connection, [question_id]):
            await keys.refresh(connection, [question_id])
            await _regrade(connection, question_id)
    return Question(*row)  # type: ignore[misc]


async def _regrade(connection: Connection, question_id: UUID) -> None:
    sessions = await regrades.at_once(connection, [question_id])
    if sessions is None:
        await regrades.note(connection, [question_id])
    elif sessions:
        await projections.hold_sessions(connection, sessions)
        await regrades.regrade(connection, sessions)


async def get_question(connection: Connection, question_id: UUID) -> Question | None:
    row = await connection.fetchrow(
        "SELECT question_id::text, quiz_id::text, text, correct_answer, created_at, updated_at"
        " FROM questions WHERE question_id = $1",
        question_id,
    )
    return None if row is None else Question(*row)


async def put_classroom(connection: Connection, classroom_id: UUID, name: str) -> Classroom:
    """Set a classroom's name."""
    row = await connection.fetchrow(
        "INSERT INTO classrooms (classroom_id, name) VALUES ($1, $2)"
        " ON CONFLICT (classroom_id) DO UPDATE SET name = excluded.name, updated_at = now()"
        " RETURNING classroom_id::text, name, created_at, updated_at",
        classroom_id,
        name,
    )
    return Classroom(*row)  # type: ignore[misc]


async def get_classroom(connection: Connection, classroom_id: UUID) -> Classroom | None:
    row = await connection.fetchrow(
        "SELECT classroom_id::text, name, created_at, updated_at FROM classrooms WHERE classroom_id = $1",
        classroom_id,
    )
    return None if row is None else Classroom(*row)


async def put_roster(connection: Connection, classroom_id: UUID, entries: Sequence[tuple[UUID, str | None]]) -> None:
    """Replace the classroom's roster; a name that is given becomes the student's everywhere."""
    students = sorted(dict(entries).items(), key=lambda entry: entry[0].int)
    async with connection.transaction():
        # Two that replace the same roster at once take turns, or it would become the union of both.
        await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", str(classroom_id))
        await connection.execute("DELETE FROM rosters WHERE classroom_id = $1", classroom_id)
        await connection.execute(
            "INSERT INTO rosters (classroom_id, student_id) SELECT $1, unnest($2::uuid[])",
            classroom_id,
            [student for student, _ in students],
        )
        named = [(student, name) for student, name in students if name is not None]
        await connection.execute(
            "INSERT INTO students (student_id, name) SELECT * FROM unnest($1::uuid[], $2::text[])"
            " ON CONFLICT (student_id) DO UPDATE SET name = excluded.name, updated_at = now()"
            " WHERE students.name <> excluded.name",
            [student for student, _ in named],
            [name for _, name in named],
        )


async def get_roster(connection: Connection, classroom_id: UUID) -> list[RosterEntry]:
    """The roster that was given, in order of name."""
    rows = await connection.fetch(
        "SELECT r.student_id::text, s.name FROM rosters r LEFT JOIN students s USING (student_id)"
        " WHERE r.classroom_id = $1 ORDER BY s.name NULLS LAST, r.student_id",
        classroom_id,
    )
    return [RosterEntry(*row) for row in rows]
