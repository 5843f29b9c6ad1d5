"""Projections can be computed afresh from the events: whatever was wrong is found, said and repaired."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import HealthCheck, given, settings
from integration.store.damage import damages
from integration.store.lessons import CLASSROOMS, QUESTIONS, QUIZZES, SESSIONS, START, STUDENTS, lessons
from integration.store.projection_rows import clear, rows

from ingestor_common.events import Event
from ingestor_common.store import partitions
from ingestor_common.store.catalog import put_question
from ingestor_common.store.known_ids import NIL, questions_after, sessions_after
from ingestor_common.store.pool import Connection, Pool, open_pool
from ingestor_common.store.rebuild import Difference, rebuild_keys, rebuild_session
from ingestor_common.store.writer import Writer

ON_A_DATABASE = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture
async def pool(migrated_database: str) -> AsyncIterator[Pool]:
    pool = await open_pool(migrated_database, max_size=4, application_name="test", command_timeout=30)
    async with pool.acquire() as connection:
        # A session that claims to have begun in a month without a partition is taken for one of dropped events.
        await partitions.ensure(connection, partitions.months_of([START]))
    yield pool
    await pool.close()


async def rebuild(connection: Connection, *, repair: bool) -> list[Difference]:
    """What a whole run finds, in pages so small that there are several."""
    found = await _keys(connection, repair)
    last = NIL
    while page := await sessions_after(connection, last, None, 1):
        for last in page:
            found += (await rebuild_session(connection, last, repair=repair)).differences
    if found and repair:
        found += await _keys(connection, repair)
    return found


async def _keys(connection: Connection, repair: bool) -> list[Difference]:
    found: list[Difference] = []
    last = NIL
    while page := await questions_after(connection, last, 1):
        found += await rebuild_keys(connection, page, repair=repair)
        last = page[-1]
    return found


@pytest.mark.long
@given(lesson=lessons, damage=damages)
@ON_A_DATABASE
async def test_a_rebuild_finds_and_repairs_whatever_is_wrong(
    migrated_database: str, pool: Pool, lesson: list[Event], damage: list[str]
) -> None:
    await clear(migrated_database)
    await Writer(pool).write(lesson)
    right = await rows(migrated_database)
    async with pool.acquire() as connection:
        for statement in damage:
            await connection.execute(statement)
        wrong = await rows(migrated_database)
        announced = await rebuild(connection, repair=False)
        assert bool(announced) == (wrong != right)
        assert await rows(migrated_database) == wrong
        await rebuild(connection, repair=True)
        assert await rows(migrated_database) == right
        assert await rebuild(connection, repair=False) == []


@pytest.mark.long
@given(lesson=lessons)
@settings(ON_A_DATABASE, max_examples=15)
async def test_a_rebuild_beside_writers_finds_nothing_wrong_and_makes_nothing_wrong(
    migrated_database: str, pool: Pool, lesson: list[Event]
) -> None:
    await clear(migrated_database)
    writer = Writer(pool)
    half = len(lesson) // 2

    async def write(part: list[Event]) -> None:
        for event in part:
            await writer.write([event])

    writing = asyncio.gather(write(lesson[:half]), write(lesson[half:]))
    async with pool.acquire() as connection:
        while not writing.done():
            assert await rebuild(connection, repair=True) == []
        await writing
        held = await rows(migrated_database)
        await clear(migrated_database)
        await writer.write(lesson)
        assert await rows(migrated_database) == held


async def test_a_difference_says_where_what_was_and_what_is(pool: Pool) -> None:
    await Writer(pool).write([_answer()])
    async with pool.acquire() as connection:
        await connection.execute("UPDATE session_questions SET answers = 5")
        await connection.execute("DELETE FROM session_students")
        found = [str(difference) for difference in await rebuild(connection, repair=False)]
    session = f"session {SESSIONS[0]}: "
    assert found == [
        f"{session}session_questions[question_id={QUESTIONS[0]}].answers: 5 -> 1",
        f"{session}session_students[student_id={STUDENTS[0]}].row: missing -> present",
    ]


async def test_a_session_whose_events_went_with_their_partition_is_left_as_it_is(
    migrated_database: str, pool: Pool
) -> None:
    await Writer(pool).write([_answer()])
    before = await rows(migrated_database)
    async with pool.acquire() as connection:
        await connection.execute("DROP TABLE events_2026_03")
        checked = await rebuild_session(connection, str(SESSIONS[0]), repair=True)
    assert checked.dropped
    assert checked.differences == ()
    assert (await rows(migrated_database))["session_questions"] == before["session_questions"]


async def test_a_key_set_after_a_month_was_dropped_leaves_its_sessions_as_they_are(
    migrated_database: str, pool: Pool
) -> None:
    await Writer(pool).write([_answer()])
    before = await rows(migrated_database)
    async with pool.acquire() as connection:
        await connection.execute("DROP TABLE events_2026_03")
        await put_question(connection, QUESTIONS[0], QUIZZES[0], None, "A")
    after = await rows(migrated_database)
    for table in ("sessions", "session_questions", "session_students"):
        assert after[table] == before[table]


async def test_sessions_since_a_time_are_those_with_an_event_from_then_on(pool: Pool) -> None:
    answer = _answer()
    await Writer(pool).write([answer])
    async with pool.acquire() as connection:
        assert await sessions_after(connection, NIL, answer.timestamp, 10) == [str(SESSIONS[0])]
        assert await sessions_after(connection, NIL, answer.timestamp.replace(year=2027), 10) == []
        assert await sessions_after(connection, str(SESSIONS[0]), None, 10) == []


def _answer() -> Event:
    return Event(
        event_id="answer",
        event_type="ANSWER_SUBMITTED",
        timestamp=START,
        session_id=SESSIONS[0],
        quiz_id=QUIZZES[0],
        classroom_id=CLASSROOMS[0],
        question_id=QUESTIONS[0],
        student_id=STUDENTS[0],
        answer="A",
    )
