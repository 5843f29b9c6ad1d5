"""A store for the tests of the reports."""

from collections.abc import AsyncIterator

import pytest
from integration.reports.served import Reports, serving
from integration.reports.told import tell
from oracle.small_session import SMALL_SESSION

from ingestor_api.reports.reader import open_reader
from ingestor_common.store.pool import Pool, open_pool


@pytest.fixture
async def store(migrated_database: str) -> AsyncIterator[Pool]:
    """A pool that writes, on a database of the test's own."""
    pool = await open_pool(migrated_database, max_size=2, application_name="test", command_timeout=30)
    yield pool
    await pool.close()


@pytest.fixture
async def reader(migrated_database: str) -> AsyncIterator[Pool]:
    """The pool of the reports, on the same database."""
    pool = await open_reader(migrated_database)
    yield pool
    await pool.close()


@pytest.fixture
async def reports(migrated_database: str, store: Pool, reader: Pool) -> AsyncIterator[Reports]:
    """The reports of the small session over HTTP."""
    await tell(store, [SMALL_SESSION.catalog, SMALL_SESSION.events])
    async with serving(migrated_database, reader) as client:
        yield client
