"""Retention interrupted at every statement, with senders, readers and changes of keys going on, is finished by the next
run; nothing accepted is lost, nothing is counted twice, and nothing is left half done."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
import pytest
from integration.store.interruption import Interrupted, Interruption, connect_interruptible
from integration.store.old_months import (
    QUESTION,
    QUIZ,
    answers,
    drop_before,
    figures,
    figures_of,
    rebuild_all,
    require_clean,
    run_retention,
    stored,
)
from integration.store.traffic import traffic

from ingestor_common.events import Event
from ingestor_common.store.catalog import put_question
from ingestor_common.store.errors import CONNECTION_LOST
from ingestor_common.store.partitions import Month
from ingestor_common.store.pool import Pool, open_pool
from ingestor_common.store.retention import Expired
from ingestor_common.store.writer import Writer
from ingestor_dev.embedded.postgres import EmbeddedPostgres
from ingestor_dev.embedded.postgres_databases import create_database, drop_database

FIRST = Month(2026, 3)
MONTHS = [Month(2014, 5), Month(2026, 2), Month(2026, 3), Month(2026, 4)]
BEFORE = [event for session, month in enumerate(MONTHS) for event in answers(session, month.start, 5)]
STATEMENTS = range(1, 100)


@pytest.fixture
async def template(migrated_database: str) -> str:
    """A database in which the sessions of BEFORE are stored, and to which nobody is connected."""
    pool = await open_pool(migrated_database, max_size=1, application_name="test", command_timeout=30)
    await Writer(pool).write(BEFORE)
    await pool.close()
    return migrated_database.rpartition("/")[2]


@pytest.fixture
async def copies(postgres: EmbeddedPostgres, template: str) -> AsyncIterator["Copies"]:
    copies = Copies(postgres, template)
    yield copies
    await copies.drop()


class Copies:
    """Databases like the template, one at a time."""

    def __init__(self, postgres: EmbeddedPostgres, template: str) -> None:
        self._postgres = postgres
        self._template = template
        self._name = ""

    async def make(self) -> str:
        """The address of a new copy; the one before is dropped."""
        await self.drop()
        self._name = f"copy_{uuid4().hex[:12]}"
        await create_database(self._postgres.dsn(), self._name, template=self._template)
        return self._postgres.dsn(self._name)

    async def drop(self) -> None:
        if self._name:
            await drop_database(self._postgres.dsn(), self._name)


@pytest.mark.long
@pytest.mark.parametrize("how", Interruption)
async def test_a_run_interrupted_at_any_statement_is_finished_by_the_next(copies: Copies, how: Interruption) -> None:
    for at in STATEMENTS:
        dsn = await copies.make()
        pool = await open_pool(dsn, max_size=4, application_name="test", command_timeout=30)
        try:
            async with traffic(pool, MONTHS) as running:
                reached = await _interrupted(dsn, at, how)
                await run_retention(dsn, FIRST)
            await _require_intact(pool, [*BEFORE, *running.accepted])
        finally:
            await pool.close()
        if not reached:
            break
    # A month and the early rows take about so many, or the interruption did not work.
    assert 20 < at < STATEMENTS[-1]


async def _interrupted(dsn: str, at: int, how: Interruption) -> bool:
    """Run retention up to its statement `at`; False if it has none."""
    connection = await connect_interruptible(dsn, at, how)
    try:
        await drop_before(connection, FIRST)
    except (Interrupted, *CONNECTION_LOST):
        # The second: a transaction that ends without its connection.
        return True
    finally:
        connection.terminate()
    return False


async def _require_intact(pool: Pool, accepted: list[Event]) -> None:
    expected = figures_of(accepted)
    async with pool.acquire() as connection:
        await require_clean(connection, FIRST)
        assert await stored(connection) == {event.identity for event in accepted if event.timestamp >= FIRST.start}
        assert await figures(connection) == expected
        for key in "AB":
            await put_question(connection, QUESTION, QUIZ, None, key)
        checked = await rebuild_all(connection)
        assert sum(check.dropped for check in checked) == 2
        assert all(not check.differences for check in checked)
    writer = Writer(pool)
    for event in accepted:
        if event.timestamp < FIRST.start:
            with pytest.raises(Expired):
                await writer.write([event])
    assert await writer.write([event for event in accepted if event.timestamp >= FIRST.start]) == frozenset()
    async with pool.acquire() as connection:
        assert await figures(connection) == expected
        await require_clean(connection, FIRST)


async def test_a_figure_of_the_templates_sessions_is_of_all_their_answers(copies: Copies) -> None:
    connection = await asyncpg.connect(await copies.make())
    try:
        assert await figures(connection) == figures_of(BEFORE)
        assert await stored(connection) == {event.identity for event in BEFORE}
        assert min(event.timestamp for event in BEFORE) == datetime(2014, 5, 1, tzinfo=UTC)
    finally:
        await connection.close()
