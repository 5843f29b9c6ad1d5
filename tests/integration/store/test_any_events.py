"""Whatever the contract allows is stored, in any batches: no time, number or text makes a row or a sum refused."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, example, given, settings
from integration.stack import make_database
from integration.store.any_events import batches
from integration.store.lessons import CLASSROOMS, QUESTIONS, QUIZZES, SESSIONS, STUDENTS
from integration.store.projection_rows import clear, rows
from integration.store.refolding import refolded

from ingestor_common.events import Event
from ingestor_common.store import regrades
from ingestor_common.store.grading import MAX_RESPONSE_MS
from ingestor_common.store.halves import store_by_halves
from ingestor_common.store.pool import open_pool
from ingestor_common.store.writer import Writer
from ingestor_dev.embedded.postgres import EmbeddedPostgres

FIRST_YEAR = [
    Event(
        event_id=kind,
        event_type=kind,  # type: ignore[arg-type]
        timestamp=datetime(year, 1, 2, tzinfo=UTC),
        session_id=SESSIONS[0],
        quiz_id=QUIZZES[0],
        classroom_id=CLASSROOMS[0],
        question_id=QUESTIONS[0],
        student_id=STUDENTS[0] if kind == "ANSWER_SUBMITTED" else None,
        answer="A" if kind == "ANSWER_SUBMITTED" else None,
        timer_sec=60 if kind == "QUESTION_PUBLISHED" else None,
    )
    for year, kind in [(1, "QUESTION_PUBLISHED"), (2026, "ANSWER_SUBMITTED")]
]
"""A publication of the year 1: the response time of each answer to it was 64 billion seconds."""


@pytest.fixture(scope="module")
def database(postgres: EmbeddedPostgres) -> str:
    return make_database(postgres, "any")


@pytest.mark.long
@given(sent=batches)
@example(sent=[FIRST_YEAR])
@example(sent=[FIRST_YEAR[1:], FIRST_YEAR[:1]])
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_each_is_stored_and_no_sum_can_overflow(database: str, sent: list[list[Event]]) -> None:
    async def refuse(event: Event, error: Exception) -> None:
        raise AssertionError(f"refused: {event}") from error

    async def check() -> None:
        await clear(database)
        pool = await open_pool(database, max_size=1, application_name="test", command_timeout=30)
        writer = Writer(pool)

        async def keep(part: Sequence[Event]) -> None:
            await writer.write(part)

        try:
            for batch in sent:
                await store_by_halves(batch, keep, refuse)
            async with pool.acquire() as connection:
                while await regrades.work_off(connection, 20):
                    pass
        finally:
            await pool.close()
        held = await rows(database)
        assert len(held["events"]) == len({event.identity for batch in sent for event in batch})
        for row in held["session_questions"] + held["session_students"]:
            assert 0 <= row["response_ms"] <= row["responses"] * MAX_RESPONSE_MS
        assert held == await refolded(database)

    with patch.object(regrades, "MAX_EVENTS_AT_ONCE", 8):
        asyncio.run(check())
