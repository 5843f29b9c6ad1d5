"""Databases with a school in them: loaded once, and then found again by their size."""

import asyncio
import time
from dataclasses import dataclass

import asyncpg
from bench.reports.loading import Progress, load

from ingestor_common.store.migrate import migrate
from ingestor_dev.embedded.postgres import EmbeddedPostgres
from ingestor_dev.embedded.postgres_databases import create_database, drop_database


@dataclass(frozen=True, slots=True)
class Loaded:
    """A database with a school in it."""

    dsn: str
    answers: int


def loaded(server: EmbeddedPostgres, classrooms: int) -> Loaded:
    """The database with a school of so many classrooms, made if it is not there."""
    name = f"classrooms_{classrooms}"
    if not asyncio.run(_exists(server, name)):
        _load(server, name, classrooms)
    return Loaded(server.dsn(name), asyncio.run(_answers(server.dsn(name))))


def _load(server: EmbeddedPostgres, name: str, classrooms: int) -> None:
    # Under another name until everything is there: one that was broken off is not taken for whole.
    started = time.monotonic()
    asyncio.run(_prepare(server, f"{name}_loading"))
    load(server.dsn(f"{name}_loading"), classrooms, Progress(f"{classrooms} classrooms", classrooms))
    asyncio.run(_settle(server, f"{name}_loading", name))
    print(f"{classrooms} classrooms: loaded in {time.monotonic() - started:.0f} s", flush=True)


async def _exists(server: EmbeddedPostgres, name: str) -> bool:
    return await _ask(server.dsn(), "SELECT count(*) FROM pg_database WHERE datname = $1", name) == 1


async def _answers(dsn: str) -> int:
    return await _ask(dsn, "SELECT coalesce(sum(answers), 0)::bigint FROM session_questions")


async def _ask(dsn: str, statement: str, *arguments: object) -> int:
    connection = await asyncpg.connect(dsn)
    try:
        number: int = await connection.fetchval(statement, *arguments)
        return number
    finally:
        await connection.close()


async def _prepare(server: EmbeddedPostgres, name: str) -> None:
    await drop_database(server.dsn(), name)
    await create_database(server.dsn(), name)
    await migrate(server.dsn(name))


async def _settle(server: EmbeddedPostgres, loading: str, name: str) -> None:
    """Does what autovacuum does in a database that fills over a year, and gives it its name."""
    connection = await asyncpg.connect(server.dsn(loading))
    try:
        await connection.execute("VACUUM (ANALYZE)")
    finally:
        await connection.close()
    connection = await asyncpg.connect(server.dsn())
    try:
        await connection.execute(f'ALTER DATABASE "{loading}" RENAME TO "{name}"')
    finally:
        await connection.close()
