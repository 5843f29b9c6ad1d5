"""What was dropped decides: it is not stored again, it is not computed from what is left, and it holds nobody up."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncpg
import pytest
from integration.store.old_months import (
    QUESTION,
    QUIZ,
    answer,
    answers,
    figures,
    figures_of,
    rebuild_all,
    require_clean,
    run_retention,
    stored,
)
from integration.store.waiting_for_locks import waits_for_a_lock

from ingestor_common.events import Event
from ingestor_common.store import partitions, retention
from ingestor_common.store.catalog import put_question
from ingestor_common.store.errors import is_transient
from ingestor_common.store.partitions import Month, State
from ingestor_common.store.pool import Pool, open_pool
from ingestor_common.store.retention import Expired
from ingestor_common.store.writer import Writer

OLD, YOUNG, NEW = Month(2026, 2), Month(2026, 3), Month(2026, 5)
OLD_ANSWERS = answers(0, OLD.start, 30)
YOUNG_ANSWERS = answers(1, YOUNG.start, 30)
EVERYTHING = [*OLD_ANSWERS, *YOUNG_ANSWERS]


@pytest.fixture
async def pool(migrated_database: str) -> AsyncIterator[Pool]:
    """A store with thirty answers of a month that goes, and of one that stays."""
    pool = await open_pool(migrated_database, max_size=6, application_name="test", command_timeout=30)
    await Writer(pool).write(EVERYTHING)
    yield pool
    await pool.close()


async def _require_same_figures(pool: Pool) -> None:
    """The figures are right, and stay so when everything is computed afresh."""
    async with pool.acquire() as connection:
        for key in "AB":
            await put_question(connection, QUESTION, QUIZ, None, key)
            assert await figures(connection) == figures_of(EVERYTHING)
        await rebuild_all(connection)
        assert await figures(connection) == figures_of(EVERYTHING)


async def test_events_sent_again_after_their_month_was_dropped_are_refused(pool: Pool, migrated_database: str) -> None:
    await run_retention(migrated_database, YOUNG)
    for writer in (Writer(pool), Writer(pool)):
        with pytest.raises(Expired) as expired:
            await writer.write(EVERYTHING)
        assert expired.value.mark == YOUNG.start
        assert await writer.write(YOUNG_ANSWERS) == frozenset()
    await _require_same_figures(pool)
    async with pool.acquire() as connection:
        await require_clean(connection, YOUNG)


async def test_a_stray_event_of_a_process_that_knows_no_mark_erases_nothing(pool: Pool, migrated_database: str) -> None:
    await run_retention(migrated_database, YOUNG)
    async with pool.acquire() as connection:
        await connection.execute(
            f"CREATE TABLE {OLD.partition} PARTITION OF events FOR VALUES FROM ('{OLD.start}') TO ('{OLD.end}')"
        )
        await connection.execute(
            "INSERT INTO events (session_id, event_id, timestamp, event_type, quiz_id, classroom_id)"
            " VALUES ($1, 'stray', $2, 'SESSION_ENDED', $3, $3)",
            OLD_ANSWERS[0].session_id,
            OLD.start,
            QUIZ,
        )
    await _require_same_figures(pool)
    await run_retention(migrated_database, YOUNG)
    await _require_same_figures(pool)
    async with pool.acquire() as connection:
        await require_clean(connection, YOUNG)


async def test_a_session_that_went_on_after_the_cut_keeps_all_its_figures(pool: Pool, migrated_database: str) -> None:
    writer = Writer(pool)
    later = [answer(0, number, YOUNG.start) for number in range(30, 40)]
    await writer.write(later[:5])
    await run_retention(migrated_database, YOUNG)
    await writer.write(later)
    async with pool.acquire() as connection:
        await put_question(connection, QUESTION, QUIZ, None, "A")
        await rebuild_all(connection)
        assert await figures(connection) == figures_of([*EVERYTHING, *later])


async def test_the_mark_waits_for_those_who_store_and_gives_up(pool: Pool, migrated_database: str) -> None:
    async with pool.acquire() as connection:
        async with connection.transaction():
            assert await retention.hold(connection) is None
            with pytest.raises(asyncpg.LockNotAvailableError):
                await run_retention(migrated_database, YOUNG)
            assert await retention.hold(connection) is None
        await run_retention(migrated_database, YOUNG)
        assert await retention.current_mark(connection) == YOUNG.start


@pytest.mark.parametrize("left", [State.PENDING, State.DETACHED])
async def test_a_month_left_detached_without_a_mark_takes_its_events_again(
    pool: Pool, migrated_database: str, left: State
) -> None:
    await _leave(migrated_database, left)
    async with pool.acquire() as connection:
        assert (await partitions.states(connection))[OLD] is left
        assert await stored(connection) == {event.identity for event in YOUNG_ANSWERS}
    await _require_same_figures(pool)
    more = [answer(0, number, OLD.start) for number in range(30, 40)]
    await asyncio.gather(*(_store_at_last(Writer(pool), event) for event in more))
    async with pool.acquire() as connection:
        assert await stored(connection) == {event.identity for event in [*EVERYTHING, *more]}
        assert await figures(connection) == figures_of([*EVERYTHING, *more])
        assert (await partitions.states(connection))[OLD] is State.ATTACHED


async def _store_at_last(writer: Writer, event: Event) -> None:
    """As the consumer does: what passes by itself is tried again."""
    while True:
        try:
            await writer.write([event])
        except asyncpg.PostgresError as error:
            if not is_transient(error):
                raise
            await asyncio.sleep(0.05)
        else:
            return


@pytest.mark.parametrize("left", [State.PENDING, State.DETACHED])
@pytest.mark.parametrize("first", [OLD, YOUNG])
async def test_a_month_left_detached_is_finished_or_attached_again_by_the_next_run(
    pool: Pool, migrated_database: str, left: State, first: Month
) -> None:
    await _leave(migrated_database, left)
    await run_retention(migrated_database, first)
    async with pool.acquire() as connection:
        await require_clean(connection, first)
        assert await stored(connection) == {event.identity for event in EVERYTHING if event.timestamp >= first.start}
    await _require_same_figures(pool)


async def _leave(dsn: str, state: State) -> None:
    """Detach the old month, as an earlier release that was interrupted in it or after it."""
    connection, reader = await asyncpg.connect(dsn), await asyncpg.connect(dsn)
    try:
        if state is State.DETACHED:
            await connection.execute(f"ALTER TABLE events DETACH PARTITION {OLD.partition} CONCURRENTLY")
            return
        async with reader.transaction():
            await reader.fetchval("SELECT count(*) FROM events")
            await connection.execute("SET lock_timeout = 100")
            with pytest.raises(asyncpg.LockNotAvailableError):
                await connection.execute(f"ALTER TABLE events DETACH PARTITION {OLD.partition} CONCURRENTLY")
    finally:
        await connection.close()
        await reader.close()


async def test_months_are_made_beside_a_reader_that_does_not_end(pool: Pool, migrated_database: str) -> None:
    reader = await asyncpg.connect(migrated_database)
    try:
        async with reader.transaction(isolation="repeatable_read", readonly=True):
            await reader.fetchval("SELECT count(*) FROM events")
            assert await Writer(pool).write([answer(2, 0, NEW.start)])
    finally:
        await reader.close()


async def test_making_a_month_gives_up_beside_another_change_of_the_table(pool: Pool, migrated_database: str) -> None:
    other = await asyncpg.connect(migrated_database)
    try:
        async with other.transaction():
            await other.execute("LOCK TABLE events IN SHARE UPDATE EXCLUSIVE MODE")
            waiting = asyncio.ensure_future(Writer(pool).write([answer(2, 0, NEW.start)]))
            await waits_for_a_lock(pool)
            assert await pool.fetchval("SELECT count(*) FROM events") == 60
            assert await Writer(pool).write([answer(1, 77, YOUNG.start)])
            with pytest.raises(asyncpg.LockNotAvailableError) as gave_up:
                await waiting
            assert is_transient(gave_up.value)
        assert await Writer(pool).write([answer(2, 0, NEW.start)])
    finally:
        await other.close()


async def test_times_far_ahead_share_a_partition(pool: Pool, migrated_database: str) -> None:
    moments = [datetime(year, month, 1, tzinfo=UTC) for year in (2100, 2101, 5000, 9999) for month in (1, 12)]
    async with pool.acquire() as connection:
        before = await partitions.existing(connection)
        assert await Writer(pool).write([answer(3, number, moment) for number, moment in enumerate(moments)])
        assert await partitions.existing(connection) == before
        assert await connection.fetchval("SELECT count(*) FROM events_from_2100") == len(moments)
        await put_question(connection, QUESTION, QUIZ, None, "A")
    await run_retention(migrated_database, YOUNG)
    async with pool.acquire() as connection:
        assert await connection.fetchval("SELECT count(*) FROM events_from_2100") == len(moments)
