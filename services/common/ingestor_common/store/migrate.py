"""Applies the numbered SQL files of `migrations/`, each once and in order."""

import asyncio
import re
import time
from dataclasses import dataclass
from importlib import resources
from typing import Final

import asyncpg

from ingestor_common.store.connecting import Connector
from ingestor_common.store.pool import Connection
from ingestor_common.store.users import fold_addresses

# Any number does, as long as nothing else in the database uses it.
_ADVISORY_LOCK = 0x1A9E5707
_ADDRESSES = 10
_FILE_NAME = re.compile(r"^(\d{4})_\w+\.sql$")

LOCK_SECONDS: Final = 2.0
"""How long a migration waits for a table. Whoever comes meanwhile waits as long."""
PAUSE_SECONDS: Final = 1.0
TRY_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Migration:
    number: int
    name: str
    sql: str


class MigrationError(RuntimeError):
    """The database and the migrations of this release do not fit together."""


def migrations() -> list[Migration]:
    """The release's migrations, in order."""
    files = resources.files("ingestor_common.store").joinpath("migrations").iterdir()
    found = [
        Migration(int(match[1]), file.name, file.read_text(encoding="utf-8"))
        for file in files
        if (match := _FILE_NAME.match(file.name))
    ]
    return sorted(found, key=lambda migration: migration.number)


async def migrate(dsn: str) -> list[str]:
    """Bring the database to this release; returns the names of the files applied, empty when it was there already.

    Safe to run from many places at once: one applies, the others wait and find nothing to do. Raises MigrationError
    naming the file whose statement failed; files before it stay applied.
    """
    connection = await Connector(dsn, "ingestor-admin migrate", {}, None).connect_plainly()
    try:
        async with connection.transaction():
            await _lock(connection)
            await connection.execute(
                "CREATE TABLE IF NOT EXISTS schema_migrations ("
                "number integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
            )
        applied = []
        for migration in migrations():
            if await _apply(connection, migration):
                applied.append(migration.name)
            await _finish(connection, migration)
        return applied
    finally:
        await connection.close()


async def _finish(connection: Connection, migration: Migration) -> None:
    """What SQL cannot do, in small transactions of its own: nobody waits for it, and the next run goes on with it."""
    if migration.number == _ADDRESSES:
        while await fold_addresses(connection):
            pass


async def is_current(connection: Connection) -> bool:
    """Whether every migration of this release is applied; a newer database is fine, since migrations are additive."""
    if await connection.fetchval("SELECT to_regclass('schema_migrations')") is None:
        return False
    newest = await connection.fetchval("SELECT max(number) FROM schema_migrations")
    return newest is not None and newest >= migrations()[-1].number


async def _apply(connection: Connection, migration: Migration) -> bool:
    """Whether it was applied now, not before. While somebody uses what it changes it is tried again, for a minute."""
    limit = time.monotonic() + TRY_SECONDS
    while True:
        try:
            return await _try(connection, migration)
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError) as error:
            if time.monotonic() > limit:
                raise MigrationError(
                    f"{migration.name}: gave up after {TRY_SECONDS:g} s, since somebody (a backup, a long query) uses "
                    f"a table that it changes; nothing of it was applied, run it again: {error}"
                ) from error
        await asyncio.sleep(PAUSE_SECONDS)


async def _try(connection: Connection, migration: Migration) -> bool:
    try:
        async with connection.transaction():
            await _lock(connection)
            # Readers and writers queue behind one who waits to alter a table: never for long.
            await connection.execute(f"SET LOCAL lock_timeout = {int(LOCK_SECONDS * 1000)}")
            done = "SELECT EXISTS (SELECT FROM schema_migrations WHERE number = $1)"
            if await connection.fetchval(done, migration.number):
                return False
            await connection.execute(migration.sql)
            await connection.execute(
                "INSERT INTO schema_migrations (number, name) VALUES ($1, $2)",
                migration.number,
                migration.name,
            )
    except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
        raise
    except asyncpg.PostgresError as error:
        raise MigrationError(f"{migration.name}: {error}") from error
    return True


async def _lock(connection: Connection) -> None:
    # Of the transaction, not of the session: a pooler may give each transaction to another one.
    await connection.execute("SELECT pg_advisory_xact_lock($1)", _ADVISORY_LOCK)
