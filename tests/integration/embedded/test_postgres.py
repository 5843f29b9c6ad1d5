"""The embedded Postgres is a real server that comes back with its data, also after kill -9."""

import asyncio
import os
import socket
from pathlib import Path

import asyncpg
import pytest
from integration.stack import PostgresFactory

from ingestor_dev.embedded.errors import EmbeddedServerError
from ingestor_dev.embedded.ports import free_port
from ingestor_dev.embedded.postgres import EmbeddedPostgres, PostgresConfig
from ingestor_dev.embedded.postgres_cluster import remove_cluster


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


async def test_a_tests_database_is_empty(database: str) -> None:
    assert await _value(database, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0


async def test_a_migrated_database_has_the_schema_and_no_events(migrated_database: str) -> None:
    assert await _value(migrated_database, "SELECT count(*) FROM events") == 0


async def test_a_client_needs_the_password(postgres: EmbeddedPostgres) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(postgres.dsn(), password="guessed")


async def test_it_can_be_reached_by_its_unix_socket(postgres: EmbeddedPostgres) -> None:
    assert postgres.socket_folder is not None
    connection = await asyncpg.connect(postgres.dsn(), host=str(postgres.socket_folder), port=postgres.config.port)
    assert await connection.fetchval("SELECT inet_server_addr()") is None
    await connection.close()


async def test_committed_rows_survive_a_restart_and_kill_9(private_postgres: PostgresFactory) -> None:
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


async def test_a_pid_file_whose_process_is_another_by_now_does_not_stop_it(private_postgres: PostgresFactory) -> None:
    server = private_postgres()
    server.kill()
    pid_file = server.config.home / "cluster" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")

    server.start()
    server.wait_ready()

    assert await _value(server.dsn(), "SELECT 1") == 1


def test_a_second_server_on_the_same_data_is_refused(private_postgres: PostgresFactory) -> None:
    server = private_postgres()
    second = EmbeddedPostgres(PostgresConfig(server.config.home, free_port()))

    with pytest.raises(EmbeddedServerError, match=f"process {server.pid}\\) already uses .*stop it first"):
        second.start()


def test_a_taken_port_is_an_error_that_names_it(tmp_path: Path) -> None:
    port = free_port()

    with (
        socket.create_server(("127.0.0.1", port)),
        pytest.raises(EmbeddedServerError, match=f"port {port} .* is taken; .*choose another port"),
    ):
        EmbeddedPostgres(PostgresConfig(tmp_path, port)).start()


def test_a_server_that_cannot_start_is_an_error_with_the_reason(private_postgres: PostgresFactory) -> None:
    with pytest.raises(EmbeddedServerError, match='unrecognized configuration parameter "shared_bufers"'):
        private_postgres({"shared_bufers": "1GB"})


def test_data_in_a_folder_that_is_closed_to_others_is_kept_and_can_be_removed(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    home = tmp_path / "postgres"
    server = EmbeddedPostgres(PostgresConfig(home, free_port()))
    try:
        server.start()
        server.wait_ready()
        data = Path(str(asyncio.run(_value(server.dsn(), "SHOW data_directory"))))
        asyncio.run(_value(server.dsn(), "CREATE TABLE kept (id int)"))
        server.restart()
        with pytest.raises(EmbeddedServerError, match=r"already uses .*stop it first"):
            remove_cluster(home)
        assert asyncio.run(_value(server.dsn(), "SELECT count(*) FROM kept")) == 0
    finally:
        server.kill()
    assert data.is_dir()

    remove_cluster(home)

    assert not data.exists()
    assert not home.exists()
