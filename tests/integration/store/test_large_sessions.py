"""A publication that comes late to a large session is stored without grading it all again, and graded soon after."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from unittest.mock import patch
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from integration.stack import make_database
from integration.store.lessons import CLASSROOMS, QUESTIONS, QUIZZES, SESSIONS, START, STUDENTS, lessons
from integration.store.projection_rows import clear, rows
from integration.store.refolding import refolded

from ingestor_common.events import Event
from ingestor_common.store import regrades
from ingestor_common.store.pool import Pool, open_pool
from ingestor_common.store.writer import Writer
from ingestor_dev.embedded.postgres import EmbeddedPostgres

LATE = timedelta(seconds=90)


@pytest.fixture
async def pool(migrated_database: str) -> AsyncIterator[Pool]:
    pool = await open_pool(migrated_database, max_size=2, application_name="test", command_timeout=60)
    yield pool
    await pool.close()


def answer(number: int, session: UUID = SESSIONS[0]) -> Event:
    return Event(
        event_id=f"answer-{number}",
        event_type="ANSWER_SUBMITTED",
        timestamp=START + LATE + timedelta(milliseconds=number),
        session_id=session,
        quiz_id=QUIZZES[0],
        classroom_id=CLASSROOMS[0],
        question_id=QUESTIONS[0],
        student_id=STUDENTS[0],
        answer="A",
    )


def publication(number: int = 0, session: UUID = SESSIONS[0]) -> Event:
    """One that was published before the answers, each the earlier the higher its number."""
    return Event(
        event_id=f"publication-{number}",
        event_type="QUESTION_PUBLISHED",
        timestamp=START - timedelta(seconds=number),
        session_id=session,
        quiz_id=QUIZZES[0],
        classroom_id=CLASSROOMS[0],
        question_id=QUESTIONS[0],
        timer_sec=30,
    )


async def counts(pool: Pool) -> tuple[int, int]:
    """Sessions noted, and answers that count as late."""
    return (
        await pool.fetchval("SELECT count(*) FROM pending_regrades"),
        await pool.fetchval("SELECT coalesce(sum(late), 0)::int FROM session_questions"),
    )


async def work_off(pool: Pool, *, due_only: bool = False) -> int:
    async with pool.acquire() as connection:
        return await regrades.work_off(connection, 20, due_only=due_only)


async def test_a_large_session_is_noted_and_the_small_ones_beside_it_are_graded_at_once(pool: Pool) -> None:
    with patch.object(regrades, "MAX_EVENTS_AT_ONCE", 10):
        await Writer(pool).write([answer(number) for number in range(20)] + [answer(0, SESSIONS[1])])
        await Writer(pool).write([publication(), publication(session=SESSIONS[1])])
        assert await counts(pool) == (1, 1)
        # What comes from now on is graded by all publications that are there.
        await Writer(pool).write([answer(20)])
        assert await counts(pool) == (1, 2)
        while await work_off(pool):
            pass
        assert await counts(pool) == (0, 22)


async def test_a_large_session_is_regraded_only_once_its_time_has_come(pool: Pool) -> None:
    await Writer(pool).write([answer(number) for number in range(20)])
    with patch.object(regrades, "MAX_EVENTS_AT_ONCE", 10), patch.object(regrades, "PER_EVENT", timedelta(minutes=1)):
        await Writer(pool).write([publication()])
    assert await work_off(pool, due_only=True) == 0
    await pool.execute("UPDATE pending_regrades SET due = due - interval '21 minutes'")
    assert await work_off(pool, due_only=True) == 1
    assert await counts(pool) == (0, 20)


async def test_a_session_that_cannot_be_regraded_in_time_does_not_hold_up_the_others(
    pool: Pool, migrated_database: str
) -> None:
    sessions = SESSIONS[:2]
    with patch.object(regrades, "MAX_EVENTS_AT_ONCE", 0):
        await Writer(pool).write([answer(0, session) for session in sessions])
        await Writer(pool).write([publication(session=sessions[0])])
        await Writer(pool).write([publication(session=sessions[1])])
        held = await asyncpg.connect(migrated_database)
        await held.execute("BEGIN")
        await held.execute("SELECT FROM sessions WHERE session_id = $1 FOR UPDATE", sessions[0])
        async with pool.acquire() as connection:
            await connection.execute("SET statement_timeout = '200ms'")
            with pytest.raises(asyncpg.QueryCanceledError):
                await regrades.work_off(connection, 20, due_only=True)
            assert await regrades.work_off(connection, 20, due_only=True) == 1
            assert await regrades.work_off(connection, 20, due_only=True) == 0
            await connection.execute("RESET statement_timeout")
        await held.close()
        assert await counts(pool) == (1, 1)
        assert await work_off(pool) == 1
    assert await counts(pool) == (0, 2)


async def test_alternating_answers_and_late_publications_cost_the_same_however_many_came_before(pool: Pool) -> None:
    size, rounds = 1_000, 40
    writer = Writer(pool)
    seconds = []
    for number in range(rounds):
        await writer.write([answer(number * size + place) for place in range(size)])
        began = time.monotonic()
        await writer.write([publication(number)])
        seconds.append(time.monotonic() - began)
    # The dearest are those that grade all they may at once; later ones grade nothing.
    assert min(seconds[-10:]) < max(seconds[:10])
    while await work_off(pool):
        pass
    assert await counts(pool) == (0, size * rounds)


@pytest.fixture(scope="module")
def database(postgres: EmbeddedPostgres) -> str:
    return make_database(postgres, "large")


@pytest.mark.long
@given(lesson=lessons, bound=st.integers(0, 30), size=st.integers(1, 8))
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_once_worked_off_everything_is_as_if_computed_afresh(
    database: str, lesson: list[Event], bound: int, size: int
) -> None:
    async def check() -> None:
        await clear(database)
        pool = await open_pool(database, max_size=4, application_name="test", command_timeout=30)
        half = len(lesson) // 2

        async def write(events: list[Event]) -> None:
            for start in range(0, len(events), size):
                await Writer(pool).write(events[start : start + size])

        async def work() -> None:
            for _ in range(3):
                await work_off(pool)

        try:
            with patch.object(regrades, "MAX_EVENTS_AT_ONCE", bound):
                await asyncio.gather(write(lesson[:half]), write(lesson[half:]), work())
                while await pool.fetchval("SELECT count(*) FROM pending_regrades"):
                    await work_off(pool)
        finally:
            await pool.close()
        held = await rows(database)
        assert held == await refolded(database)

    asyncio.run(check())
