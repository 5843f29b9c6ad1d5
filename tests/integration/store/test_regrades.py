"""A key that changes for many sessions regrades them in pieces, and none is forgotten, whatever else goes on."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from unittest.mock import patch
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from integration.stack import make_database
from integration.store.lessons import CLASSROOMS, QUESTIONS, QUIZZES, START, STUDENTS, lessons
from integration.store.projection_rows import clear, rows
from integration.store.refolding import refolded
from integration.store.waiting_for_locks import waits_for_a_lock
from msgspec import structs

from ingestor_common.events import Event
from ingestor_common.store import catalog, keys, regrades
from ingestor_common.store.pool import Pool, open_pool
from ingestor_common.store.rebuild import rebuild_keys
from ingestor_common.store.writer import Writer
from ingestor_dev.embedded.postgres import EmbeddedPostgres

MANY = 3
"""So few are too many for one time in these tests."""


@pytest.fixture
async def pool(migrated_database: str) -> AsyncIterator[Pool]:
    pool = await open_pool(migrated_database, max_size=3, application_name="test", command_timeout=30)
    with patch.object(regrades, "MAX_AT_ONCE", MANY):
        yield pool
    await pool.close()


def answer(number: int) -> Event:
    """An answer "A" to the first question, in a session of its own."""
    return Event(
        event_id="answer",
        event_type="ANSWER_SUBMITTED",
        timestamp=START,
        session_id=UUID(int=1 << 100 | number),
        quiz_id=QUIZZES[0],
        classroom_id=CLASSROOMS[0],
        question_id=QUESTIONS[0],
        student_id=STUDENTS[0],
        answer="A",
    )


def publication(key: str) -> Event:
    """A publication of the first question that brings a key along, in yet another session."""
    return Event(
        event_id=f"publication {key}",
        event_type="QUESTION_PUBLISHED",
        timestamp=START + timedelta(seconds=5),
        session_id=uuid4(),
        quiz_id=QUIZZES[0],
        classroom_id=CLASSROOMS[0],
        question_id=QUESTIONS[0],
        timer_sec=30,
        correct_answer=key,
    )


async def counts(pool: Pool) -> tuple[int, int]:
    """Sessions noted, and answers that count as correct."""
    return (
        await pool.fetchval("SELECT count(*) FROM pending_regrades"),
        await pool.fetchval("SELECT coalesce(sum(correct), 0)::int FROM session_questions"),
    )


async def set_key(pool: Pool, key: str | None) -> None:
    async with pool.acquire() as connection:
        await catalog.put_question(connection, QUESTIONS[0], QUIZZES[0], None, key)


async def work_off(pool: Pool, limit: int = 2) -> list[int]:
    """All that is noted; how many at a time."""
    done = []
    async with pool.acquire() as connection:
        while number := await regrades.work_off(connection, limit):
            done.append(number)
    return done


async def test_few_are_regraded_with_the_key(pool: Pool) -> None:
    await Writer(pool).write([answer(number) for number in range(MANY)])
    await set_key(pool, "A")
    assert await counts(pool) == (0, MANY)


async def test_many_are_noted_and_worked_off(pool: Pool) -> None:
    await Writer(pool).write([answer(number) for number in range(7)])
    await set_key(pool, "A")
    assert await counts(pool) == (7, 0)
    assert await work_off(pool) == [2, 2, 2, 1]
    assert await counts(pool) == (0, 7)


async def test_a_publication_that_brings_a_key_is_stored_without_waiting_for_them(pool: Pool) -> None:
    await Writer(pool).write([answer(number) for number in range(7)])
    await Writer(pool).write([publication("A")])
    assert await counts(pool) == (7, 0)
    # What is stored from now on is graded by the new key at once.
    await Writer(pool).write([answer(8)])
    assert await counts(pool) == (7, 1)
    await work_off(pool)
    assert await counts(pool) == (0, 8)


async def test_noted_twice_is_noted_once(pool: Pool) -> None:
    await Writer(pool).write([answer(number) for number in range(7)])
    for key in ("A", "B", "A"):
        await set_key(pool, key)
    assert await counts(pool) == (7, 0)
    await work_off(pool)
    assert await counts(pool) == (0, 7)


async def test_two_workers_take_different_sessions(pool: Pool) -> None:
    await Writer(pool).write([answer(number) for number in range(40)])
    await set_key(pool, "A")
    done = await asyncio.gather(work_off(pool), work_off(pool))
    assert sum(map(sum, done)) == 40
    assert await counts(pool) == (0, 40)


async def test_a_rebuild_of_the_keys_notes_them_too(pool: Pool) -> None:
    await Writer(pool).write([answer(number) for number in range(7)])
    await set_key(pool, "A")
    await work_off(pool)
    await pool.execute("UPDATE answer_keys SET answer = 'B'")
    async with pool.acquire() as connection:
        (difference,) = await rebuild_keys(connection, [str(QUESTIONS[0])], repair=True)
    assert (difference.was, difference.now) == ("B", "A")
    assert await counts(pool) == (7, 7)


async def test_a_session_that_answers_another_question_meanwhile_is_left_for_the_next_time(pool: Pool) -> None:
    await Writer(pool).write([answer(number) for number in range(7)])
    await set_key(pool, "A")
    looked, go_on = asyncio.Event(), asyncio.Event()
    lock = keys.lock

    async def slow_lock(*arguments: object, **named: object) -> None:
        looked.set()
        await go_on.wait()
        await lock(*arguments, **named)  # type: ignore[arg-type]

    with patch.object(keys, "lock", slow_lock):
        working = asyncio.create_task(work_off_once(pool))
        await looked.wait()
    await Writer(pool).write([structs.replace(answer(0), event_id="other", question_id=QUESTIONS[1])])
    go_on.set()
    await working
    assert await counts(pool) == (7, 0)
    await work_off(pool)
    assert await counts(pool) == (0, 7)


async def test_a_key_that_changes_meanwhile_is_waited_for(pool: Pool) -> None:
    await Writer(pool).write([answer(number) for number in range(7)])
    await set_key(pool, "A")
    async with pool.acquire() as changing, changing.transaction():
        # It finds the sessions noted already.
        await catalog.put_question(changing, QUESTIONS[0], QUIZZES[0], None, "B")
        working = asyncio.create_task(work_off_once(pool))
        await asyncio.wait([working, asyncio.ensure_future(waits_for_a_lock(pool))], return_when="FIRST_COMPLETED")
    await working
    await work_off(pool)
    assert await counts(pool) == (0, 0)


async def work_off_once(pool: Pool) -> int:
    async with pool.acquire() as connection:
        return await regrades.work_off(connection, 20)


@pytest.fixture(scope="module")
def database(postgres: EmbeddedPostgres) -> str:
    return make_database(postgres, "regrades")


key_changes = st.lists(st.tuples(st.sampled_from(QUESTIONS), st.none() | st.sampled_from(["A", "B"])), max_size=6)


@pytest.mark.long
@given(lesson=lessons, changes=key_changes, size=st.integers(1, 8))
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_beside_writers_and_changing_keys_everything_is_graded_in_the_end(
    database: str, lesson: list[Event], changes: list[tuple[UUID, str | None]], size: int
) -> None:
    async def check() -> None:
        await clear(database)
        pool = await open_pool(database, max_size=6, application_name="test", command_timeout=30)
        half = len(lesson) // 2

        async def write(events: list[Event]) -> None:
            for start in range(0, len(events), size):
                await Writer(pool).write(events[start : start + size])

        async def change() -> None:
            for question, key in changes:
                async with pool.acquire() as connection:
                    await catalog.put_question(connection, question, QUIZZES[0], None, key)

        async def work() -> None:
            for _ in range(len(changes) + 2):
                await work_off_once(pool)

        try:
            # Each change is too large for its own transaction.
            with patch.object(regrades, "MAX_AT_ONCE", 0):
                await asyncio.gather(write(lesson[:half]), write(lesson[half:]), change(), work(), work())
                while await pool.fetchval("SELECT count(*) FROM pending_regrades"):
                    await work_off_once(pool)
        finally:
            await pool.close()
        held = await rows(database)
        assert held == await refolded(database)

    asyncio.run(check())
