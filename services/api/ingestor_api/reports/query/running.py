"""Runs the statement of a query."""

from typing import Final

import asyncpg

from ingestor_api.reports.query.statement import Statement
from ingestor_api.reports.reader import ACQUIRE_SECONDS, in_time
from ingestor_common.store.pool import Pool

# Reports run one statement for any values. Here the values decide, between a day of one classroom and everything of a
# year. Whether tables are read through is not left to Postgres, which may not know yet how large they are: see
# lookups.py. The rosters of many classrooms are looked up in a hash table only where that is expected to fit into
# work_mem.
_PLANNING: Final = """
    SET LOCAL plan_cache_mode = force_custom_plan;
    SET LOCAL enable_seqscan = {seqscan};
    SET LOCAL work_mem = '64MB'
"""
_ADVICE: Final = "ask for a shorter time_range, or filter by classroom_id, quiz_id or session_id"
_UNCOUNTED: Final = "it reads every answer by itself, since no projection tells {names}; "
_DIVIDED: Final = "it reads the answers of each session that lies only partly in one {names}; "


async def rows_of(pool: Pool, statement: Statement) -> list[asyncpg.Record]:
    """The statement's rows, in order.

    Raises Problem 504 when it takes too long; what asyncpg raises, and TimeoutError when no connection becomes free,
    otherwise.
    """
    async with pool.acquire(timeout=ACQUIRE_SECONDS) as connection, connection.transaction(readonly=True):
        await connection.execute(_PLANNING.format(seqscan="on" if statement.reads_through else "off"))
        with in_time(_advice(statement)):
            return await connection.fetch(statement.sql, *statement.arguments)


def _advice(statement: Statement) -> str:
    if statement.uncounted:
        return _UNCOUNTED.format(names=" with ".join(statement.uncounted)) + _ADVICE
    if statement.divided_by:
        return _DIVIDED.format(names=" or ".join(statement.divided_by)) + _ADVICE
    return _ADVICE
