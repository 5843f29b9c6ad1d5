"""Connections to Postgres."""

from typing import Final, TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

# The classes are generic for type checkers only.
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]"
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"

# A connection attempt that hangs (a host that is gone) must not hold a request for asyncpg's 60 s.
CONNECT_TIMEOUT_SECONDS: Final = 5.0


async def open_pool(
    dsn: str,
    *,
    max_size: int,
    application_name: str,
    command_timeout: float,
    statement_timeout: float | None = None,
) -> Pool:
    """A pool that connects when it is first used, so that a service starts while Postgres is down.

    `command_timeout` (seconds) ends a statement from this side, `statement_timeout` (seconds) on the server's.
    """
    settings = {"application_name": application_name, "timezone": "UTC"}
    if statement_timeout is not None:
        settings["statement_timeout"] = str(int(statement_timeout * 1000))
    pool = asyncpg.create_pool(
        dsn,
        min_size=0,
        max_size=max_size,
        timeout=CONNECT_TIMEOUT_SECONDS,
        command_timeout=command_timeout,
        server_settings=settings,
        init=_prepare,
    )
    return await pool


async def _prepare(connection: Connection) -> None:
    # Identifiers travel as text: nothing here computes with them, and building UUID objects costs more than it gives.
    await connection.set_type_codec("uuid", schema="pg_catalog", encoder=str, decoder=str, format="text")
