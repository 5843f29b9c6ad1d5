"""A store for the tests of the ad-hoc query, and what reads from it."""

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
    pool = await open_pool(migrated_database, max_size=2, application_name="tests", command_timeout=60)
    yield pool
    await pool.close()


@pytest.fixture
async def reader(migrated_database: str) -> AsyncIterator[Pool]:
    """A pool as the reports have it, on the same database."""
    pool = await open_reader(migrated_database)
    yield pool
    await pool.close()


@pytest.fixture
async def reports(migrated_database: str, store: Pool, reader: Pool) -> AsyncIterator[Reports]:
    """The small session's reports, served."""
    await tell(store, [SMALL_SESSION.catalog, SMALL_SESSION.events])
    async with serving(migrated_database, reader) as client:
        yield client
