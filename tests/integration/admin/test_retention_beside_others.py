"""Retention beside a backup, senders and readers: nobody waits, and the next run does what one could not finish."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
from integration.admin.backup import Victims, backup, waits_in
from integration.store.old_months import answers, figures, figures_of, require_clean, stored

from ingestor_common.store import partitions, retention
from ingestor_common.store.partitions import Month, State
from ingestor_common.store.pool import Connection, Pool, open_pool
from ingestor_common.store.retention import Expired
from ingestor_common.store.writer import Writer

THIS_MONTH = Month(datetime.now(UTC).year, datetime.now(UTC).month)
FIRST, OLD, EARLY = THIS_MONTH.earlier(1), THIS_MONTH.earlier(2), Month(2011, 3)
EVENTS = [event for session, month in enumerate((THIS_MONTH, OLD, EARLY)) for event in answers(session, month.start, 3)]
KEPT = {event.identity for event in EVENTS if event.timestamp >= FIRST.start}
COMMAND = ("retention", "--keep-months", "1")


@pytest.fixture
async def pool(migrated_database: str) -> AsyncIterator[Pool]:
    """A store with events of this month, of one that goes, and of before 2015."""
    pool = await open_pool(migrated_database, max_size=4, application_name="test", command_timeout=30)
    await Writer(pool).write(EVENTS)
    yield pool
    await pool.close()


async def started(dsn: str) -> asyncio.subprocess.Process:
    """The command under way."""
    return await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("ingestor-admin")),
        *COMMAND,
        env={"PATH": os.environ["PATH"], "DATABASE_URL": dsn},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def run(dsn: str) -> tuple[int | None, str]:
    """The command's exit code, and all it said."""
    process = await started(dsn)
    out, err = await process.communicate()
    return process.returncode, (out + err).decode()


async def _finish(pool: Pool, dsn: str) -> str:
    code, said = await run(dsn)
    assert code == 0, said
    async with pool.acquire() as connection:
        await require_clean(connection, FIRST)
        assert await stored(connection) == KEPT
        assert await figures(connection) == figures_of(EVENTS)
        assert await retention.current_mark(connection) == FIRST.start
    return said


@pytest.mark.parametrize(
    ("table", "expected"),
    [("events_before_2015", 0), ("retention", 0), ("sessions", 0), (OLD.partition, 1), ("events", 1)],
)
async def test_nobody_waits_for_retention_while_a_backup_reads(
    pool: Pool, migrated_database: str, table: str, expected: int
) -> None:
    victims = Victims(migrated_database)
    writer = Writer(pool)
    async with backup(migrated_database, [table]):
        running = asyncio.ensure_future(run(migrated_database))
        while not running.done():
            assert await pool.fetchval("SELECT count(*) FROM events") >= len(KEPT)
            assert await writer.write([event for event in EVENTS if event.timestamp >= FIRST.start]) == frozenset()
            # A month that nobody has stored in yet.
            assert await writer.write(answers(9, THIS_MONTH.next.start, 1)) is not None
            await asyncio.sleep(0.01)
        code, said = await running
    seen = await victims.end()
    # Raising the mark waits for those who store, and they for it, in a moment's turns; nothing else may be seen.
    assert all("pg_advisory_xact_lock_shared" in query for query in seen)
    assert code == expected, said
    if code:
        assert f"gave up on {OLD.partition}: " in said
    await pool.execute("DELETE FROM events WHERE session_id = $1", answers(9, THIS_MONTH.start, 1)[0].session_id)
    await pool.execute("DELETE FROM sessions WHERE session_id = $1", answers(9, THIS_MONTH.start, 1)[0].session_id)
    said = await _finish(pool, migrated_database)
    assert ("an earlier run had begun" in said) == bool(code)


async def test_a_backup_of_everything_makes_it_give_up_with_the_month_pending(
    pool: Pool, migrated_database: str
) -> None:
    async with backup(migrated_database, ["events", "events_before_2015", OLD.partition]):
        code, said = await run(migrated_database)
        assert code == 1, said
        assert "events_before_2015" in said
        assert f"gave up on {OLD.partition}: for 1.5 s somebody else" in said
        async with pool.acquire() as connection:
            assert (await partitions.states(connection))[OLD] is State.PENDING
            assert await retention.current_mark(connection) == OLD.end
        code, said = await run(migrated_database)
        assert code == 1, said
        with pytest.raises(Expired):
            await Writer(pool).write(EVENTS)
    assert "an earlier run had begun" in await _finish(pool, migrated_database)


async def test_a_table_that_somebody_keeps_everybody_out_of_is_given_up(pool: Pool, migrated_database: str) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("LOCK TABLE events_before_2015 IN ACCESS EXCLUSIVE MODE")
        code, said = await run(migrated_database)
    assert code == 1, said
    assert "gave up on events: " in said
    await _finish(pool, migrated_database)


def _interrupt(process: asyncio.subprocess.Process) -> None:
    process.send_signal(signal.SIGINT)


def _evict(process: asyncio.subprocess.Process) -> None:
    process.send_signal(signal.SIGTERM)


def _kill(process: asyncio.subprocess.Process) -> None:
    process.kill()


@pytest.mark.parametrize("end", [_interrupt, _evict, _kill])
async def test_ended_while_it_detaches_it_is_finished_by_the_next_run(
    pool: Pool, migrated_database: str, end: Callable[[asyncio.subprocess.Process], None]
) -> None:
    async with backup(migrated_database, ["events"]):
        process = await started(migrated_database)
        await waits_in(migrated_database, "DETACH PARTITION")
        end(process)
        _, err = await process.communicate()
        assert process.returncode != 0
        # It may have given up just before the signal came.
        assert end is not _interrupt or b"run it again" in err
        with pytest.raises(Expired):
            await Writer(pool).write([event for event in EVENTS if event.timestamp == OLD.start])
        async with pool.acquire() as connection:
            assert (await partitions.states(connection))[OLD] is State.PENDING
            await _wait_until_nobody_detaches(connection)
    assert "an earlier run had begun" in await _finish(pool, migrated_database)


async def test_a_connection_lost_while_it_detaches_is_said_and_the_next_run_finishes(
    pool: Pool, migrated_database: str
) -> None:
    async with backup(migrated_database, ["events"]):
        process = await started(migrated_database)
        pid = await waits_in(migrated_database, "DETACH PARTITION")
        await pool.execute("SELECT pg_terminate_backend($1)", pid)
        out, err = await process.communicate()
        assert process.returncode == 3, err
        # What was done before is told all the same.
        assert b"events_before_2015" in out
    assert "an earlier run had begun" in await _finish(pool, migrated_database)


async def _wait_until_nobody_detaches(connection: Connection) -> None:
    async with asyncio.timeout(20):
        while True:
            if not await connection.fetchval(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND application_name = 'ingestor-admin'"
            ):
                return
            await asyncio.sleep(0.02)


async def test_a_dry_run_tells_of_what_was_left_half_done(pool: Pool, migrated_database: str) -> None:
    connection = await asyncpg.connect(migrated_database)
    try:
        await connection.execute(f"ALTER TABLE events DETACH PARTITION {OLD.partition} CONCURRENTLY")
        await connection.execute(f"ALTER TABLE events DETACH PARTITION {THIS_MONTH.partition} CONCURRENTLY")
        process = await asyncio.create_subprocess_exec(
            str(Path(sys.executable).with_name("ingestor-admin")),
            *COMMAND,
            "--dry-run",
            env={"PATH": os.environ["PATH"], "DATABASE_URL": migrated_database},
            stdout=asyncio.subprocess.PIPE,
        )
        out = (await process.communicate())[0].decode().splitlines()
        assert out[1].startswith("events_before_2015")
        assert out[2].split()[:2] == [OLD.partition, "3"]
        assert out[2].endswith("would be dropped, which an earlier run had begun")
        assert out[3].startswith(THIS_MONTH.partition)
        assert "would be attached again" in out[3]
        assert out[4] == f"2 months before {FIRST.year}-{FIRST.month:02d} would be dropped"
        assert await retention.current_mark(connection) is None
        assert (await partitions.states(connection))[OLD] is State.DETACHED
    finally:
        await connection.close()
    await _finish(pool, migrated_database)
