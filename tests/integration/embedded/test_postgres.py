"""The embedded Postgres is a real server that comes back with its data, also after kill -9."""

import asyncpg
from integration.stack import PostgresFactory


async def _value(dsn: str, query: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_it_is_postgres_18_in_utf8_sorted_by_code_point(database: str) -> None:
    assert str(await _value(database, "SHOW server_version")).startswith("18.")
    assert await _value(database, "SHOW server_encoding") == "UTF8"
    assert await _value(database, "SELECT 'Z' < 'a'") is True


async def test_each_test_has_an_empty_database(database: str) -> None:
    assert await _value(database, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0


async def test_a_migrated_database_has_the_schema_and_no_events(migrated_database: str) -> None:
    assert await _value(migrated_database, "SELECT count(*) FROM events") == 0


async def test_committed_rows_survive_a_restart_and_a_kill(private_postgres: PostgresFactory) -> None:
    server = private_postgres()
    await _value(server.dsn(), "CREATE TABLE kept (id int)")
    await _value(server.dsn(), "INSERT INTO kept VALUES (1)")

    server.restart()
    await _value(server.dsn(), "INSERT INTO kept VALUES (2)")
    server.kill()
    assert not server.running
    server.start()
    server.wait_ready()

    assert await _value(server.dsn(), "SELECT count(*) FROM kept") == 2
