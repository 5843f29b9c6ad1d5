"""A store for the tests of the reports."""

from collections.abc import AsyncIterator

import pytest

from ingestor_api.reports.reader import open_reader
from ingestor_common.store.pool import Pool


@pytest.fixture
async def store(migrated_database: str) -> AsyncIterator[Pool]:
    """A pool as the reports have it, on a database of the test's own."""
    pool = await open_reader(migrated_database)
    yield pool
    await pool.close()
