"""The migration that counts answers in rows moves what was counted in one value."""

import asyncio
import json
from datetime import timedelta
from unittest.mock import patch

import asyncpg
import pytest
from integration.store.lessons import CLASSROOMS, QUESTIONS, QUIZZES, SESSIONS, STUDENTS

from ingestor_common.store import migrate as migrating
from ingestor_common.store.migrate import migrate, migrations

BEFORE = 7
TEXTS = {"A": 2, "b": 1, '"€" \\u0041 {}': 3, "\U0001f600" * 1_024: 1}


async def test_distributions_and_answered_questions_are_moved(database: str) -> None:
    earlier = [migration for migration in migrations() if migration.number <= BEFORE]
    with patch.object(migrating, "migrations", lambda: earlier):
        await migrate(database)
    connection = await asyncpg.connect(database)
    try:
        await _hold(connection)
        await migrate(database)
        counted = await connection.fetch(
            "SELECT answer, answers FROM answer_counts WHERE question_id = $1", QUESTIONS[0]
        )
        assert dict(counted) == TEXTS  # type: ignore[arg-type]
        wrong = "SELECT count(*) FROM answer_counts WHERE answer_hash <> sha256(convert_to(answer, 'UTF8'))"
        assert await connection.fetchval(wrong) == 0
        students = await connection.fetch("SELECT questions_answered FROM session_students ORDER BY student_id")
        assert [row[0] for row in students] == [2, 0]
        questions = await connection.fetch("SELECT student_id, question_id FROM answered_questions ORDER BY 2")
        assert [tuple(row) for row in questions] == [(STUDENTS[0], question) for question in QUESTIONS]
        # Only a session of more than a day can have response times that are longer.
        assert [row[0] for row in await connection.fetch("SELECT session_id FROM pending_regrades")] == [SESSIONS[1]]
        with pytest.raises(asyncpg.UndefinedColumnError):
            await connection.execute("UPDATE session_questions SET distribution = '{}'")
    finally:
        await connection.close()


async def test_a_migration_that_has_to_wait_makes_nobody_wait_for_long(database: str) -> None:
    earlier = [migration for migration in migrations() if migration.number <= BEFORE]
    with patch.object(migrating, "migrations", lambda: earlier):
        await migrate(database)
    backup, reader = await asyncpg.connect(database), await asyncpg.connect(database)
    try:
        await backup.execute("BEGIN; SELECT count(*) FROM session_questions; SELECT count(*) FROM pending_regrades")
        under_way = asyncio.create_task(migrate(database))
        for _ in range(8):
            await asyncio.sleep(0.5)
            async with asyncio.timeout(migrating.LOCK_SECONDS + 3):
                await reader.fetchval("SELECT count(*) FROM session_questions")
        assert not under_way.done()
        await backup.execute("COMMIT")
        assert await under_way
    finally:
        await backup.close()
        await reader.close()


async def _hold(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=_json, decoder=str)
    await connection.execute(
        "INSERT INTO session_questions (session_id, question_id, answers, distribution)"
        " VALUES ($1, $2, 7, $4), ($1, $3, 0, $5)", SESSIONS[0], *QUESTIONS, TEXTS, {},
    )  # fmt: skip
    await connection.execute(
        "INSERT INTO session_students (session_id, student_id, answered) VALUES ($1, $2, $4), ($1, $3, '{}')",
        SESSIONS[0], *STUDENTS, QUESTIONS,
    )  # fmt: skip
    await connection.execute(
        "INSERT INTO sessions (session_id, quiz_id, classroom_id, named_at, named_by, first_event_at, last_event_at)"
        " SELECT unnest($1::uuid[]), $2, $3, now(), 'x', now(), now() + unnest($4::interval[])",
        SESSIONS, QUIZZES[0], CLASSROOMS[0], [timedelta(days=1), timedelta(days=1, microseconds=1)],
    )  # fmt: skip


def _json(value: object) -> str:
    return json.dumps(value)
