"""Tells when one transaction has come to wait for another."""

import asyncio

from ingestor_common.store.pool import Pool


async def waits_for_a_lock(pool: Pool) -> None:
    """Returns once some statement in this database waits for a lock."""
    async with asyncio.timeout(10):
        while True:
            waiting = await pool.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if waiting:
                return
            await asyncio.sleep(0.01)
