"""Runs reports against Postgres."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

import asyncpg

from ingestor_api.errors import Problem
from ingestor_api.reports.report import AskedT, BodyT, Report, Row
from ingestor_common.store.pool import Pool, open_pool

CONNECTIONS: Final = 8
STATEMENT_SECONDS: Final = 10.0
# The server ends a statement first, and says so; this is for a server that does not answer any more.
COMMAND_SECONDS: Final = STATEMENT_SECONDS + 2


# Reports only read. Statements are planned once a connection, for any parameters: planning them costs more than running
# them. They read little, from tables that are in memory or on solid state disks, and never so much that compiling a
# statement would pay.
SETTINGS: Final = {
    "default_transaction_read_only": "on",
    "plan_cache_mode": "force_generic_plan",
    "random_page_cost": "1.1",
    "jit": "off",
}


async def open_reader(dsn: str) -> Pool:
    """A pool for reports alone: a slow one ends after STATEMENT_SECONDS, and many at once wait for each other rather
    than for everything else that uses the database."""
    return await open_pool(
        f"{dsn}{'&' if '?' in dsn else '?'}{urlencode(SETTINGS)}",
        max_size=CONNECTIONS,
        application_name="ingestor-api reports",
        command_timeout=COMMAND_SECONDS,
        statement_timeout=STATEMENT_SECONDS,
    )


async def read(pool: Pool, report: Report[AskedT, BodyT], asked: AskedT, now: datetime) -> BodyT:
    """The report's body at the time `now`.

    Raises Problem 504 when the statement takes too long; what asyncpg raises otherwise.
    """
    async with pool.acquire() as connection:
        try:
            rows: Sequence[Row] = await connection.fetch(report.statement, *report.arguments(asked, now))
        except (asyncpg.QueryCanceledError, TimeoutError):
            raise Problem(
                504,
                f"the report took longer than {STATEMENT_SECONDS:g} s; ask for a shorter range or a smaller page, "
                "or again later",
                reason="timeout",
            ) from None
    return report.build(asked, rows)
