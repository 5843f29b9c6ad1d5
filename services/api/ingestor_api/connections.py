"""Connections for what reads and for the catalog."""

from contextlib import AbstractAsyncContextManager
from typing import Final

from ingestor_common.store.pool import Connection, Pool

ACQUIRE_SECONDS: Final = 5.0


def acquire(pool: Pool) -> AbstractAsyncContextManager[Connection]:
    """A connection of the pool; TimeoutError, and so 503, where all are busy for too long."""
    return pool.acquire(timeout=ACQUIRE_SECONDS)
