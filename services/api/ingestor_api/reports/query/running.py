"""Runs the statement of a query."""

from typing import Final

import asyncpg

from ingestor_api.errors import Problem
from ingestor_api.reports.query.statement import Statement
from ingestor_api.reports.reader import STATEMENT_SECONDS
from ingestor_common.store.pool import Pool

# Reports run one statement for any values, and find little by index. Here the values decide, between a day of one
# classroom and everything of a year.
_PLANNING: Final = "SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL enable_seqscan = on"


async def rows_of(pool: Pool, statement: Statement) -> list[asyncpg.Record]:
    """The statement's rows, in order.

    Raises Problem 504 when it takes longer than STATEMENT_SECONDS; what asyncpg raises otherwise.
    """
    async with pool.acquire(timeout=STATEMENT_SECONDS) as connection, connection.transaction(readonly=True):
        await connection.execute(_PLANNING)
        try:
            return await connection.fetch(statement.sql, *statement.arguments)
        except (asyncpg.QueryCanceledError, TimeoutError):
            raise Problem(
                504,
                f"the query took longer than {STATEMENT_SECONDS:g} s; ask for a shorter time_range, or filter by "
                "classroom_id, quiz_id or session_id",
                reason="timeout",
            ) from None
