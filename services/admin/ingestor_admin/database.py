"""One connection for one command."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from ingestor_admin.settings import AdminSettings
from ingestor_common.store.connecting import Connector
from ingestor_common.store.pool import Connection

_STATEMENT_SECONDS: Final = 30.0


@asynccontextmanager
async def connected(
    settings: AdminSettings, statement_seconds: float = _STATEMENT_SECONDS
) -> AsyncIterator[Connection]:
    """A connection to the settings' database. Raises what asyncpg raises."""
    url = settings.database_url.get_secret_value()
    connection = await Connector(url, "ingestor-admin", {}, statement_seconds).connect_plainly()
    try:
        yield connection
    finally:
        await connection.close()
