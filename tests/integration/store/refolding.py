"""What the projections should be: computed afresh from the stored events."""

from integration.store.projection_rows import Rows, rows

from ingestor_common.store import projections
from ingestor_common.store.pool import open_pool


async def refolded(dsn: str) -> Rows:
    """All rows after every session has been computed afresh; they stay so."""
    pool = await open_pool(dsn, max_size=1, application_name="test", command_timeout=30)
    try:
        async with pool.acquire() as connection, connection.transaction():
            sessions = [row["session_id"] for row in await connection.fetch("SELECT session_id FROM sessions")]
            await projections.hold_sessions(connection, sessions)
            await projections.refold(connection, sessions)
    finally:
        await pool.close()
    return await rows(dsn)
