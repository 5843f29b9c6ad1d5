"""Runs the statement of a query."""

from dataclasses import dataclass
from typing import Final

from ingestor_api.reports.query.statement import Statement
from ingestor_api.reports.reader import ACQUIRE_SECONDS, in_time
from ingestor_api.reports.sizes import MAX_ANSWER_BYTES, too_large
from ingestor_common.store.pool import Pool

# Reports run one statement for any values. Here the values decide, between a day of one classroom and everything of a
# year. Whether tables are read through is not left to Postgres, which may not know yet how large they are: see
# lookups.py. Nor is whether processes share the reading: it expects to pass on nearly as many groups as there are rows.
# The groups of a query over everything have room in memory; where they are more, they are put on disk.
_PLANNING: Final = """
    SET LOCAL plan_cache_mode = force_custom_plan;
    SET LOCAL enable_seqscan = {seqscan};
    SET LOCAL parallel_tuple_cost = 0.01;
    SET LOCAL work_mem = '64MB'
"""
_ADVICE: Final = "ask for a shorter time_range, or filter by classroom_id, quiz_id or session_id"
_UNCOUNTED: Final = "it reads every answer by itself, since no projection tells {names}; "
_DIVIDED: Final = "it reads the answers of each session that lies only partly in one {names}; "


# Postgres writes the rows as JSON and adds up their bytes, each with its comma, in the order of the statement: what is
# too large never leaves it, and the event loop only passes the others on. bytea: a text of them could take four times
# as much here.
_COUNTED: Final = """
    SELECT count(*) AS count, coalesce(max(bytes), 0) AS bytes,
           coalesce(string_agg(json, ',') FILTER (WHERE bytes <= {most}), '') AS json
    FROM (SELECT json, sum(octet_length(json) + 1) OVER (ROWS UNBOUNDED PRECEDING) AS bytes
          FROM (SELECT convert_to(row_to_json(answer)::text, 'UTF8') AS json FROM ({sql}) answer OFFSET 0) encoded
    ) counted
"""


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of an answer: `json` has `count` objects with commas between."""

    json: bytes
    count: int


async def rows_of(pool: Pool, statement: Statement) -> Rows:
    """The statement's rows, in order.

    Raises Problem 504 when it takes too long, and 400 when they are more than MAX_ANSWER_BYTES; what asyncpg raises,
    and TimeoutError when no connection becomes free, otherwise.
    """
    sql = _COUNTED.format(sql=statement.sql, most=MAX_ANSWER_BYTES)
    async with pool.acquire(timeout=ACQUIRE_SECONDS) as connection, connection.transaction(readonly=True):
        await connection.execute(_PLANNING.format(seqscan="on" if statement.reads_through else "off"))
        with in_time(_advice(statement)):
            # Not fetchrow: where a number of rows is asked for, Postgres does nothing in parallel.
            (row,) = await connection.fetch(sql, *statement.arguments)
    if row["bytes"] > MAX_ANSWER_BYTES:
        of = f"the answer's {row['count']} rows"
        raise too_large("limit", of, row["bytes"], "ask for fewer rows by limit or filters, or for fewer dimensions")
    return Rows(row["json"], row["count"])


def _advice(statement: Statement) -> str:
    if statement.uncounted:
        return _UNCOUNTED.format(names=" with ".join(statement.uncounted)) + _ADVICE
    if statement.divided_by:
        return _DIVIDED.format(names=" or ".join(statement.divided_by)) + _ADVICE
    return _ADVICE
