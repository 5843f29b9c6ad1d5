"""Every service tells a wrong DATABASE_URL once, at its start, and no secret; a right one connects."""

import asyncio
import stringprep
import subprocess
import sys
import unicodedata
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote, urlsplit
from uuid import uuid4

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestor_common.database_parameters import SERVER_PARAMETERS
from ingestor_common.store.connecting import Connector

_COMMANDS = (("ingestor-api",), ("ingestor-consumer",), ("ingestor-admin", "migrate"), ("ingestor-admin", "ledger"))
_SECONDS = 30
_PASSWORD = "QXZ7%sKWV8"


def _run(command: tuple[str, ...], url: str) -> "subprocess.CompletedProcess[str]":
    program = Path(sys.executable).with_name(command[0])
    environment = {"DATABASE_URL": url, "HOST": "127.0.0.1", "PORT": "0", "METRICS_PORT": "0"}
    return subprocess.run(
        [program, *command[1:]], env=environment, capture_output=True, text=True, timeout=_SECONDS, check=False
    )


@pytest.mark.long
@pytest.mark.parametrize("command", _COMMANDS, ids=" ".join)
@pytest.mark.parametrize(
    "url",
    [
        f"'postgresql://ada:{_PASSWORD % ''}@127.0.0.1:1/school'",
        *(f"postgresql://ada:{_PASSWORD % mark}@127.0.0.1:1/school" for mark in "#/?@["),
        f"postgresql://ada:{_PASSWORD % ''}@127.0.0.1:port/school",
        f"postgresql://ada:{_PASSWORD % ''}@:1/school",
        f"postgresql://ada:{_PASSWORD % ''}@127.0.0.1:1/school?pool_mode=session",
        f"mysql://ada:{_PASSWORD % ''}@127.0.0.1:1/school",
    ],
)
def test_a_wrong_url_is_told_at_the_start_of_every_service(command: tuple[str, ...], url: str) -> None:
    ended = _run(command, url)
    said = ended.stdout + ended.stderr
    assert ended.returncode == 2, said
    assert said.count("DATABASE_URL") == 1, said
    assert "Traceback" not in said
    assert not [piece for piece in ("QXZ7", "KWV8") if piece in said], said


@pytest.fixture
async def account(database: str) -> AsyncIterator[tuple[str, str]]:
    """A database's address and the name of a user whose password tests choose."""
    name = f"u{uuid4().hex[:12]}"
    await _execute(database, f"CREATE ROLE {name} LOGIN")
    yield database, name
    await _execute(database, f"DROP ROLE {name}")


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


_SASLPREP_TABLES = (
    stringprep.in_table_a1,
    stringprep.in_table_c21_c22,
    stringprep.in_table_c3,
    stringprep.in_table_c4,
    stringprep.in_table_c5,
    stringprep.in_table_c6,
    stringprep.in_table_c7,
    stringprep.in_table_c8,
    stringprep.in_table_c9,
    stringprep.in_table_d1,
    stringprep.in_table_d2,
)


def _is_prepared_alike(character: str) -> bool:
    """Whether driver and server prepare it alike: asyncpg judges the normalized password, Postgres the one before."""
    if stringprep.in_table_b1(character) or stringprep.in_table_c12(character):
        return True
    normalized = unicodedata.normalize("NFKC", character)
    return all(is_in(character) == any(map(is_in, normalized)) for is_in in _SASLPREP_TABLES)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn"]).filter(_is_prepared_alike), min_size=1, max_size=40)
)
def test_any_password_connects_once_it_is_encoded(account: tuple[str, str], password: str) -> None:
    database, user = account
    parts = urlsplit(database)
    url = f"postgresql://{user}:{quote(password, safe='')}@{parts.hostname}:{parts.port}{parts.path}"

    async def log_in() -> str:
        # asyncpg sends a password as it is, psql's SASLprep would change some.
        literal = password.replace("'", "''")
        await _execute(database, f"SET standard_conforming_strings = on; ALTER ROLE {user} PASSWORD '{literal}'")
        connection = await Connector(url, "test", {}, 10).connect()
        try:
            return str(await connection.fetchval("SELECT current_user"))
        finally:
            await connection.close()

    assert asyncio.run(log_in()) == user


@pytest.mark.parametrize("command", ["migrate", "rebuild-projections"])
def test_a_refused_login_repeats_nothing_of_the_url(command: str, database: str) -> None:
    parts = urlsplit(database)
    place = f"{parts.hostname}:{parts.port}"
    for url in (
        f"postgresql://QXZ7KWV8@{place}/ingestor",
        f"postgresql://ingestor:QXZ7KWV8@{place}/ingestor",
        f"{parts.scheme}://{parts.username}:{parts.password}@{place}/QXZ7KWV8",
    ):
        ended = _run(("ingestor-admin", command), url)
        assert ended.returncode == 3, ended.stderr
        assert "DATABASE_URL" in ended.stderr
        assert "QXZ7" not in ended.stdout + ended.stderr
        assert place in ended.stderr


async def test_a_database_that_lets_the_user_not_in_is_not_named_either(account: tuple[str, str]) -> None:
    database, user = account
    name, parts = f"qxz7{uuid4().hex[:8]}", urlsplit(database)
    url = f"{parts.scheme}://{user}:secret@{parts.hostname}:{parts.port}/{name}"
    await _execute(database, f"ALTER ROLE {user} PASSWORD 'secret'")
    await _execute(database, f"CREATE DATABASE {name}")
    try:
        for refusal in (f"REVOKE CONNECT ON DATABASE {name} FROM PUBLIC", f"ALTER DATABASE {name} CONNECTION LIMIT 0"):
            await _execute(database, refusal)
            ended = _run(("ingestor-admin", "migrate"), url)
            assert ended.returncode == 3, ended.stderr
            assert "the server refuses the connection" in ended.stderr
            assert name not in ended.stderr
            assert user not in ended.stderr
            await _execute(database, f"GRANT CONNECT ON DATABASE {name} TO PUBLIC")
    finally:
        await _execute(database, f"DROP DATABASE {name}")


async def test_all_settings_that_a_client_may_set_are_known(database: str) -> None:
    connection = await asyncpg.connect(database)
    try:
        rows = await connection.fetch(
            "SELECT lower(name) FROM pg_settings WHERE name NOT LIKE '%.%'"
            " AND context IN ('user', 'superuser', 'backend', 'superuser-backend')"
        )
    finally:
        await connection.close()
    assert not {row[0] for row in rows} - SERVER_PARAMETERS
