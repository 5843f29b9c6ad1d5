"""Databases of a Postgres server: making and removing them."""

import asyncpg


async def create_database(server_dsn: str, name: str, template: str = "template1") -> None:
    """Makes a database as a copy of `template`, to which nobody may be connected.

    `server_dsn` is the address of another database of the same server.
    """
    await _execute(server_dsn, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')


async def drop_database(server_dsn: str, name: str) -> None:
    """Removes a database if it exists, and disconnects its clients."""
    await _execute(server_dsn, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


async def _execute(server_dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(server_dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
