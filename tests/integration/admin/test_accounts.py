"""The database and its accounts, from the command line."""

import asyncpg
import pytest
from integration.admin.commands import admin

from ingestor_common.passwords import verify_password


async def test_migrate_makes_the_schema_once_and_says_what_it_did(database: str) -> None:
    environment = {"DATABASE_URL": database}
    first, second = admin(environment, "migrate"), admin(environment, "migrate")
    assert (first.returncode, second.returncode) == (0, 0)
    assert "applied 0001_events.sql" in first.stdout
    assert second.stdout == "the database is up to date\n"


async def test_a_user_that_was_made_can_log_in_by_the_password_from_standard_input(migrated_database: str) -> None:
    environment = {"DATABASE_URL": migrated_database}
    options = ("create-user", "--email", "ada@example.com", "--name", "Ada", "--role", "writer", "--password-stdin")
    made = admin(environment, *options, given="correct horse\n")
    assert (made.returncode, made.stderr) == (0, "")
    connection = await asyncpg.connect(migrated_database)
    try:
        user = await connection.fetchrow("SELECT name, role, password_hash FROM users WHERE email = 'ada@example.com'")
    finally:
        await connection.close()
    assert user is not None
    assert (user["name"], user["role"]) == ("Ada", "writer")
    assert verify_password(user["password_hash"], "correct horse")

    again = admin(environment, *options, given="correct horse\n")
    assert again.returncode == 1
    assert again.stderr == "Error: an account with the address ada@example.com exists already\n"


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (("--email", "nobody", "--password", "long enough"), "--email"),
        (("--email", "a@b.example", "--password", "short"), "6 characters"),
        (("--email", "a@b.example", "--password", "long enough", "--password-stdin"), "not both"),
    ],
)
def test_wrong_options_are_told_in_one_line(options: tuple[str, ...], word: str) -> None:
    refused = admin({}, "create-user", "--name", "A", "--role", "reader", *options)
    assert refused.returncode == 2
    assert word in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", ["migrate", "ledger"])
def test_a_wrong_setting_names_the_variable(command: str) -> None:
    refused = admin({"KAFKA_SECURITY_PROTOCOL": "SSH"}, command)
    assert refused.returncode == 2
    assert "KAFKA_SECURITY_PROTOCOL" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_database_that_cannot_be_reached_is_named_without_its_password() -> None:
    refused = admin({"DATABASE_URL": "postgresql://ada:secret@127.0.0.1:1/school"}, "migrate")
    assert refused.returncode == 3
    assert "127.0.0.1:1/school" in refused.stderr
    assert "secret" not in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


def test_a_kafka_that_cannot_be_reached_is_named() -> None:
    refused = admin({"KAFKA_BROKERS": "127.0.0.1:1"}, "topic")
    assert refused.returncode == 3
    assert "Kafka at 127.0.0.1:1" in refused.stderr
    assert "Connection refused" in refused.stderr
    assert "state CONNECT" not in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
