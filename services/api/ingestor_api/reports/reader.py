"""Runs reports against Postgres."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Final

import asyncpg

from ingestor_api.errors import Problem
from ingestor_api.reports.report import AskedT, BodyT, Report, Row
from ingestor_common.store.pool import Pool, open_pool

CONNECTIONS: Final = 8
STATEMENT_SECONDS: Final = 10.0
# The server ends a statement first, and says so; this is for a server that does not answer any more.
COMMAND_SECONDS: Final = STATEMENT_SECONDS + 2
ACQUIRE_SECONDS: Final = 10.0


# Reports only read. Statements are planned once a connection, for any parameters: planning them costs more than running
# them. They find little, by index, in tables that are in memory or on solid state disks: reading through a table, even
# one that is still empty when the statement is planned, or compiling a statement never pays. What is to be found for
# each row of something else is written as LATERAL ... OFFSET 0; every other join is by hash or by order, since a loop
# over what has no index costs the product of both sides, and Postgres cannot know them before it has statistics. See
# docs/adr/0056-plans-without-statistics.md.
SETTINGS: Final = {
    "enable_nestloop": "off",
    "default_transaction_read_only": "on",
    "plan_cache_mode": "force_generic_plan",
    "random_page_cost": "1.1",
    "enable_seqscan": "off",
    "jit": "off",
}


async def open_reader(dsn: str) -> Pool:
    """A pool for reports alone: a slow one ends after STATEMENT_SECONDS, and many at once wait for each other rather
    than for everything else that uses the database."""
    return await open_pool(
        dsn,
        max_size=CONNECTIONS,
        application_name="ingestor-api reports",
        command_timeout=COMMAND_SECONDS,
        statement_timeout=STATEMENT_SECONDS,
        settings=SETTINGS,
    )


async def read(pool: Pool, report: Report[AskedT, BodyT], asked: AskedT, now: datetime) -> BodyT:
    """The report's body at the time `now`.

    Raises Problem 504 when the statement takes too long; what asyncpg raises, and TimeoutError when no connection
    becomes free, otherwise.
    """
    async with pool.acquire(timeout=ACQUIRE_SECONDS) as connection:
        with in_time("ask for a shorter range or a smaller page"):
            rows: Sequence[Row] = await connection.fetch(report.statement, *report.arguments(asked, now))
    return report.build(asked, rows)


@contextmanager
def in_time(advice: str) -> Iterator[None]:
    """Turns a statement that took too long into Problem 504, which says what to do: `advice`."""
    try:
        yield
    except (asyncpg.QueryCanceledError, TimeoutError):
        words = f"this took longer than {STATEMENT_SECONDS:g} s; {advice}, or try again later"
        raise Problem(504, words, reason="timeout") from None
