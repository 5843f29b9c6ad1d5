"""One connection for one command."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import asyncpg

from ingestor_admin.settings import AdminSettings
from ingestor_common.store.pool import Connection

_CONNECT_SECONDS: Final = 5.0
_STATEMENT_SECONDS: Final = 30.0


@asynccontextmanager
async def connected(
    settings: AdminSettings, statement_seconds: float = _STATEMENT_SECONDS
) -> AsyncIterator[Connection]:
    """A connection to the settings' database. Raises what asyncpg raises."""
    connection = await asyncpg.connect(
        settings.database_url.get_secret_value(),
        timeout=_CONNECT_SECONDS,
        command_timeout=statement_seconds,
        server_settings={"application_name": "ingestor-admin", "timezone": "UTC"},
    )
    try:
        yield connection
    finally:
        await connection.close()
