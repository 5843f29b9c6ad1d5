"""Writers of one session, and a change of an answer key, take turns: neither misses what the other did."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from datetime import timedelta

import pytest
from integration.store.lessons import CLASSROOMS, QUESTIONS, QUIZZES, SESSIONS, START, STUDENTS
from integration.store.waiting_for_locks import waits_for_a_lock

from ingestor_common.events import Event
from ingestor_common.store import catalog
from ingestor_common.store.pool import Connection, Pool, open_pool
from ingestor_common.store.writer import Writer

STARTED = Event(
    event_id="start",
    event_type="SESSION_STARTED",
    timestamp=START,
    session_id=SESSIONS[0],
    quiz_id=QUIZZES[0],
    classroom_id=CLASSROOMS[0],
)
PUBLICATION = Event(
    event_id="publication",
    event_type="QUESTION_PUBLISHED",
    timestamp=START,
    session_id=SESSIONS[0],
    quiz_id=QUIZZES[0],
    classroom_id=CLASSROOMS[0],
    question_id=QUESTIONS[0],
    timer_sec=1,
)
LATE_ANSWER = Event(
    event_id="answer",
    event_type="ANSWER_SUBMITTED",
    timestamp=START + timedelta(seconds=9),
    session_id=SESSIONS[0],
    quiz_id=QUIZZES[0],
    classroom_id=CLASSROOMS[0],
    question_id=QUESTIONS[0],
    student_id=STUDENTS[0],
    answer="A",
)


@pytest.fixture
async def pool(migrated_database: str) -> AsyncIterator[Pool]:
    pool = await open_pool(migrated_database, max_size=3, application_name="test", command_timeout=30)
    # The session is known already: the insert of a new one would make the writers wait by itself.
    await Writer(pool).write([STARTED])
    yield pool
    await pool.close()


async def _while_uncommitted(pool: Pool, event: Event, other: Awaitable[object]) -> None:
    """Store `event`, begin `other` while that is not committed, see it wait, and then let both finish."""
    stored, go_on = asyncio.Event(), asyncio.Event()

    async def hold(connection: Connection, new: frozenset[object]) -> None:
        stored.set()
        await go_on.wait()

    first = asyncio.create_task(Writer(pool).write([event], also=hold))
    await stored.wait()
    second = asyncio.ensure_future(other)
    await waits_for_a_lock(pool)
    go_on.set()
    await asyncio.gather(first, second)


async def test_an_answer_stored_beside_its_uncommitted_publication_is_found_late(pool: Pool) -> None:
    await _while_uncommitted(pool, PUBLICATION, Writer(pool).write([LATE_ANSWER]))
    assert await pool.fetchval("SELECT late FROM session_students") == 1


async def test_a_publication_stored_beside_its_uncommitted_answer_makes_it_late(pool: Pool) -> None:
    await _while_uncommitted(pool, LATE_ANSWER, Writer(pool).write([PUBLICATION]))
    assert await pool.fetchval("SELECT late FROM session_students") == 1


async def test_a_key_set_beside_an_uncommitted_answer_grades_it(pool: Pool) -> None:
    async def set_key() -> None:
        async with pool.acquire() as connection:
            await catalog.put_question(connection, QUESTIONS[0], QUIZZES[0], None, "A")

    await _while_uncommitted(pool, LATE_ANSWER, set_key())
    assert await pool.fetchval("SELECT correct FROM session_students") == 1
