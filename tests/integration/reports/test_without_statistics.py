"""Nothing that is asked of a database is dearer because Postgres has no statistics of it, or has those of yesterday.

autovacuum is off on the tests' server (TEST_SPEED). Work is counted in rows (integration/work.py).
"""

from collections.abc import AsyncIterator, Awaitable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from integration.reports import recorded
from integration.reports.recorded import IDENTIFIERS, QUESTION, QUIZ
from integration.work import Executed, WorkLog, count_work

from ingestor_api.reports.query.asked import understood
from ingestor_api.reports.query.dimensions import DIMENSIONS
from ingestor_api.reports.query.measures import MEASURES
from ingestor_api.reports.query.request import QueryRequest
from ingestor_api.reports.query.running import rows_of
from ingestor_api.reports.query.statement import statement_of
from ingestor_api.reports.reader import open_reader, read
from ingestor_api.reports.registry import REPORTS
from ingestor_common.store import catalog, regrades
from ingestor_common.store.known_ids import NIL, questions_after, sessions_after
from ingestor_common.store.pool import Pool, open_pool
from ingestor_common.store.rebuild import rebuild_keys, rebuild_session
from ingestor_dev.embedded.postgres import EmbeddedPostgres

NOW = datetime(2026, 11, 8, tzinfo=UTC)
EVENTS = recorded.events()
MOST_ROWS_OF_A_QUESTION = 100 * len(EVENTS)
"""Steps of a plan follow each other, and for all measures together there are some dozens."""
MOST_ROWS_OF_A_BATCH = 20_000
MOST_ROWS_OF_A_KEY = 100_000
"""Of an answer key that changes for many sessions."""
MOST_ROWS_OF_A_SESSION = 3_000
MOST_TIMES = 4
"""As dear as with statistics, where a plan goes through thousands of rows at all."""
FEW_ROWS = 2_000


@dataclass(frozen=True)
class Database:
    """A database whose statements' work is logged."""

    dsn: str
    log: WorkLog
    pool: Pool


@pytest.fixture
async def filling(migrated_database: str, postgres: EmbeddedPostgres) -> AsyncIterator[Database]:
    await count_work(migrated_database)
    pool = await open_pool(migrated_database, max_size=1, application_name="test", command_timeout=60)
    yield Database(migrated_database, WorkLog(postgres.log), pool)
    await pool.close()


def queries() -> Iterator[dict[str, Any]]:
    """Every measure of a quiz, every dimension of it and of everything, and all measures of all that can be chosen."""
    of_quiz = {"quiz_id": str(QUIZ)}
    for measure in MEASURES:
        yield {"measures": [measure], "filters": of_quiz}
    for dimension in DIMENSIONS:
        yield {"measures": list(MEASURES), "dimensions": [dimension], "filters": of_quiz}
    for name, value in IDENTIFIERS.items():
        yield {"measures": list(MEASURES), "filters": {name: value}}
    for dimension in DIMENSIONS:
        yield {"measures": ["total_answers", "participation_rate"], "dimensions": [dimension]}
    yield {"measures": ["active_students"], "dimensions": ["event_hour"]}
    yield {"measures": ["active_students"], "time_range": {"start": "2026-11-01T09:30:00Z"}}
    yield {"measures": list(MEASURES), "time_range": {"start": "2026-11-01T00:00:00Z"}}
    yield {"measures": list(MEASURES)}


def asked(reader: Pool) -> Iterator[tuple[str, Awaitable[object]]]:
    """All that readers ask, each with a name."""
    for report in REPORTS:
        ids = {name: value for name, value in IDENTIFIERS.items() if name in report.asked.model_fields}
        yield report.name, read(reader, report, report.asked.model_validate(ids), NOW)
    for query in queries():
        yield str(query), rows_of(reader, statement_of(understood(QueryRequest.model_validate(query))))


async def work_of_all(database: Database, reader: Pool) -> dict[str, float]:
    """The rows that each thing asked went through."""
    return {name: executed.rows for name, executed in await executed_for_all(database, reader)}


async def executed_for_all(database: Database, reader: Pool) -> list[tuple[str, Executed]]:
    """The dearest statement of each thing asked."""
    database.log.executed()
    found = []
    for name, answer in asked(reader):
        await answer
        found.append((name, database.log.most()))
    return found


STATISTICS = pytest.mark.parametrize("statistics", ["none", "of one session"])


async def begin(pool: Pool, statistics: str) -> None:
    """The catalog, and perhaps one session, which is then all that Postgres knows of."""
    await recorded.put_catalog(pool)
    if statistics == "of one session":
        await recorded.store(pool, [event for event in EVENTS if str(event.session_id) == IDENTIFIERS["session_id"]])
        await pool.execute("ANALYZE")


@pytest.mark.long
@STATISTICS
async def test_what_is_asked_costs_no_more_than_with_statistics(filling: Database, statistics: str) -> None:
    # One thing is asked after the other, and so on one connection: it plans the reports while there is nothing in the
    # database, and keeps these plans.
    reader = await open_reader(filling.dsn)
    try:
        await begin(filling.pool, statistics)
        await work_of_all(filling, reader)
        await recorded.store(filling.pool, EVENTS)
        without = await work_of_all(filling, reader)
        await filling.pool.execute("ANALYZE")
        with_statistics = await work_of_all(filling, reader)
    finally:
        await reader.close()
    dear = {name: rows for name, rows in without.items() if rows > MOST_ROWS_OF_A_QUESTION}
    assert not dear
    dearer = {name: rows for name, rows in without.items() if rows > MOST_TIMES * with_statistics[name] + FEW_ROWS}
    assert not dearer


async def test_nothing_is_searched_through_for_each_value_of_an_expression(filling: Database) -> None:
    # Twice: the first time on a connection is about its types, too.
    reader = await open_reader(filling.dsn)
    try:
        await begin(filling.pool, "none")
        await recorded.store(filling.pool, EVENTS[:1000])
        await executed_for_all(filling, reader)
        found = await executed_for_all(filling, reader)
    finally:
        await reader.close()
    assert not {name: sorted(executed.searched) for name, executed in found if executed.searched}


@STATISTICS
async def test_storing_costs_what_is_stored(filling: Database, statistics: str) -> None:
    await begin(filling.pool, statistics)
    filling.log.executed()
    for start in range(0, len(EVENTS), 1000):
        await recorded.store(filling.pool, EVENTS[start : start + 1000])
        dearest = filling.log.most()
        assert dearest.rows < MOST_ROWS_OF_A_BATCH, dearest.text


@STATISTICS
async def test_upkeep_and_lookups_cost_what_they_are_about(filling: Database, statistics: str) -> None:
    await begin(filling.pool, statistics)
    await recorded.store(filling.pool, EVENTS)
    filling.log.executed()
    async with filling.pool.acquire() as connection:
        await catalog.put_question(connection, QUESTION, QUIZ, None, "B")
        while await regrades.work_off(connection, 20):
            pass
        dearest = filling.log.most()
        assert dearest.rows < MOST_ROWS_OF_A_KEY, dearest.text
        for session in await sessions_after(connection, NIL, None, 5):
            await rebuild_session(connection, session, repair=True)
        await rebuild_keys(
            connection, [str(UUID(one)) for one in await questions_after(connection, NIL, 5)], repair=True
        )
        dearest = filling.log.most()
        assert dearest.rows < MOST_ROWS_OF_A_SESSION, dearest.text
