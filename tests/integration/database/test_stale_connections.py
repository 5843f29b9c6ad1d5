"""A connection whose server, plans or types are not what they were heals with the next use, and costs one at most."""

import asyncio
import time
from collections.abc import AsyncIterator

import psutil
import pytest
from integration.database.standby import execute

from ingestor_common.store.errors import is_transient
from ingestor_common.store.pool import Pool, open_pool

_TABLE = "CREATE TYPE mood AS ENUM ('good'); CREATE TABLE school (mood mood, pupils integer)"
_REMAKE = f"DROP TABLE school; DROP TYPE mood; {_TABLE}"
_END_OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)

# What happens outside (by another connection) or in the session itself.
_OUTSIDE = {
    "a column added": "ALTER TABLE school ADD COLUMN teachers integer",
    "a column's type changed": "ALTER TABLE school ALTER COLUMN pupils TYPE bigint",
    "a type made again": _REMAKE,
    "the session ended": _END_OTHERS,
}
_INSIDE = {
    "statements lost": "DEALLOCATE ALL",
    "a server that only reads": "SET default_transaction_read_only = on",
}


@pytest.fixture
async def pool(database: str) -> AsyncIterator[Pool]:
    """A pool of one connection that has used the table, and so has plans and types of it."""
    await execute(database, _TABLE)
    pool = await open_pool(database, max_size=1, application_name="test", command_timeout=20)
    await _use(pool)
    yield pool
    pool.terminate()


async def _use(pool: Pool) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("INSERT INTO school (mood, pupils) VALUES ($1, $2)", "good", 1)
        await connection.fetch("SELECT * FROM school WHERE mood = $1::mood", "good")


async def _require_healing(pool: Pool) -> None:
    try:
        await _use(pool)
    except Exception as error:
        # Whoever stores events tries again only then.
        if not is_transient(error):
            raise
        await _use(pool)


@pytest.mark.parametrize("statement", _OUTSIDE.values(), ids=_OUTSIDE.keys())
async def test_what_changed_outside_costs_one_use_at_most(pool: Pool, database: str, statement: str) -> None:
    await execute(database, statement)
    await _require_healing(pool)


@pytest.mark.parametrize("statement", _INSIDE.values(), ids=_INSIDE.keys())
async def test_what_changed_in_the_session_costs_one_use_at_most(pool: Pool, statement: str) -> None:
    async with pool.acquire() as connection:
        await connection.execute(statement)
    await _require_healing(pool)


async def test_a_statement_that_takes_long_on_a_server_that_lives_is_left_alone(pool: Pool) -> None:
    assert await pool.fetchval("SELECT 1 FROM pg_sleep(6)") == 1


async def test_a_cancelled_statement_of_a_suspended_server_holds_nobody(pool: Pool) -> None:
    async with asyncio.timeout(20):
        backend = await pool.fetchval("SELECT pg_backend_pid()")
        await asyncio.to_thread(_suspend, backend)
        started = time.monotonic()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1.0):
                await pool.fetchval("SELECT 1")
        assert time.monotonic() - started < 5.0
        # Only that process hung, so the next connection is served by another.
        assert await pool.fetchval("SELECT pg_backend_pid()") != backend
        await asyncio.to_thread(_resume, backend)


def _suspend(pid: int) -> None:
    psutil.Process(pid).suspend()


def _resume(pid: int) -> None:
    psutil.Process(pid).resume()
