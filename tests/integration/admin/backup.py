"""A backup that is at work, and who waits because of retention meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import asyncpg

_NAMED = "SELECT pid FROM pg_stat_activity WHERE application_name = 'ingestor-admin' AND datname = current_database()"
_VICTIMS = f"""
    SELECT a.query FROM pg_stat_activity a, LATERAL unnest(pg_blocking_pids(a.pid)) blocker
    WHERE blocker IN ({_NAMED}) AND a.datname = current_database() AND a.backend_type = 'client backend'
"""


@asynccontextmanager
async def backup(dsn: str, tables: Sequence[str]) -> AsyncIterator[None]:
    """What pg_dump does for as long as it runs: one snapshot, and every table locked as by reading it."""
    reader = await asyncpg.connect(dsn)
    try:
        async with reader.transaction(isolation="repeatable_read", readonly=True):
            await reader.fetchval("SELECT count(*) FROM sessions")
            for table in tables:
                await reader.execute(f"LOCK TABLE {table} IN ACCESS SHARE MODE")
            yield
    finally:
        await reader.close()


class Victims:
    """The statements that were seen waiting for `ingestor-admin`."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._task = asyncio.create_task(self._watch())
        self.seen: set[str] = set()

    async def end(self) -> set[str]:
        """Stop watching; what was seen."""
        self._task.cancel()
        await asyncio.wait([self._task])
        return self.seen

    async def _watch(self) -> None:
        connection = await asyncpg.connect(self._dsn)
        try:
            while True:
                self.seen.update(row["query"] for row in await connection.fetch(_VICTIMS))
                await asyncio.sleep(0.02)
        finally:
            connection.terminate()


async def waits_in(dsn: str, statement: str) -> int:
    """The server process of an `ingestor-admin` whose statement contains `statement`, once it waits for a lock."""
    connection = await asyncpg.connect(dsn)
    try:
        async with asyncio.timeout(20):
            while True:
                pid = await connection.fetchval(
                    f"SELECT pid FROM pg_stat_activity WHERE pid IN ({_NAMED}) AND wait_event_type = 'Lock'"
                    " AND query LIKE '%' || $1 || '%'",
                    statement,
                )
                if pid is not None:
                    return int(pid)
                await asyncio.sleep(0.01)
    finally:
        await connection.close()
