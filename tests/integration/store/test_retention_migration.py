"""The migration that brings the mark finds what earlier releases dropped, and gathers the times far ahead."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncpg
import pytest
from integration.store.old_months import answers, run_retention

from ingestor_common.store import partitions, retention
from ingestor_common.store.migrate import migrate, migrations
from ingestor_common.store.partitions import Month

NUMBER = 9
JANUARY, FEBRUARY, MARCH = Month(2026, 1), Month(2026, 2), Month(2026, 3)


@pytest.fixture
async def earlier(database: str) -> AsyncIterator[asyncpg.Connection]:
    """A database of the release before, with a session in each of three months and in 2014."""
    connection = await asyncpg.connect(database, server_settings={"timezone": "America/New_York"})
    for migration in migrations():
        if migration.number < NUMBER:
            await connection.execute(migration.sql)
    for session, month in enumerate((JANUARY, FEBRUARY, MARCH, Month(2014, 6))):
        if month.year > 2014:
            await _make(connection, month)
        await _store(connection, session, month)
    yield connection
    await connection.close()


async def _make(connection: asyncpg.Connection, month: Month) -> None:
    await connection.execute(
        f"CREATE TABLE {month.partition} PARTITION OF events FOR VALUES FROM ('{month.start}') TO ('{month.end}')"
    )


async def _store(connection: asyncpg.Connection, session: int, month: Month) -> None:
    event = answers(session, month.start, 1)[0]
    named = (event.session_id, event.quiz_id, event.timestamp)
    await connection.execute(
        "INSERT INTO events (session_id, event_id, timestamp, event_type, quiz_id, classroom_id)"
        " VALUES ($1, 'a', $3, 'SESSION_STARTED', $2, $2)",
        *named,
    )
    await connection.execute(
        "INSERT INTO sessions (session_id, quiz_id, classroom_id, named_at, named_by, first_event_at, last_event_at)"
        " VALUES ($1, $2, $2, $3, 'a', $3, $3)",
        *named,
    )


async def _apply(connection: asyncpg.Connection) -> None:
    (migration,) = (each for each in migrations() if each.number == NUMBER)
    async with connection.transaction():
        await connection.execute(migration.sql)


async def test_where_nothing_was_dropped_there_is_no_mark(earlier: asyncpg.Connection) -> None:
    await _apply(earlier)
    assert await retention.current_mark(earlier) is None


@pytest.mark.parametrize(
    "left",
    [
        f"DROP TABLE {FEBRUARY.partition}",
        f"ALTER TABLE events DETACH PARTITION {FEBRUARY.partition}",
        f"DROP TABLE {JANUARY.partition}; DROP TABLE {FEBRUARY.partition}",
        # January was made again by a stray event.
        f"UPDATE events SET event_id = 'stray'; DROP TABLE {FEBRUARY.partition}",
    ],
)
async def test_the_newest_month_that_was_dropped_is_the_mark(
    earlier: asyncpg.Connection, database: str, left: str
) -> None:
    await earlier.execute(left)
    await _apply(earlier)
    assert await retention.current_mark(earlier) == MARCH.start
    await run_retention(database, JANUARY)
    assert await partitions.existing(earlier) == {MARCH.partition}
    assert await earlier.fetchval("SELECT to_regclass($1)", FEBRUARY.partition) is None


async def test_what_an_interrupted_detach_left_is_dropped(earlier: asyncpg.Connection, database: str) -> None:
    reader = await asyncpg.connect(database)
    try:
        async with reader.transaction():
            await reader.fetchval("SELECT count(*) FROM events")
            await earlier.execute("SET lock_timeout = 100")
            with pytest.raises(asyncpg.LockNotAvailableError):
                await earlier.execute(f"ALTER TABLE events DETACH PARTITION {JANUARY.partition} CONCURRENTLY")
    finally:
        await reader.close()
    await _apply(earlier)
    assert await retention.current_mark(earlier) == FEBRUARY.start


async def test_months_far_ahead_become_one_partition_with_all_their_events(earlier: asyncpg.Connection) -> None:
    ahead = [Month(2100, 1), Month(2345, 6), Month(9999, 11)]
    for session, month in enumerate([*ahead, Month(2099, 12)], start=10):
        await _make(earlier, month)
        await _store(earlier, session, month)
    await _apply(earlier)
    kept = await earlier.fetch("SELECT timestamp FROM events_from_2100 ORDER BY timestamp")
    assert [row["timestamp"] for row in kept] == [month.start for month in ahead]
    assert {month.year for month in await partitions.states(earlier)} == {2026, 2099}
    moment = datetime(2500, 1, 1, tzinfo=UTC)
    await earlier.execute("UPDATE events SET timestamp = $1 WHERE timestamp >= '2100-01-01 00:00+00'", moment)
    assert await earlier.fetchval("SELECT count(*) FROM events_from_2100 WHERE timestamp = $1", moment) == 3


async def test_a_new_database_has_no_mark(database: str) -> None:
    await migrate(database)
    connection = await asyncpg.connect(database)
    try:
        assert await retention.current_mark(connection) is None
    finally:
        await connection.close()
