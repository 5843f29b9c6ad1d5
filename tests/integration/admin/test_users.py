"""`ingestor-admin user`: who has an account, and what is changed about it."""

import json
from collections.abc import AsyncIterator

import asyncpg
import pytest
from integration.admin.commands import admin

from ingestor_common.passwords import hash_password, verify_password
from ingestor_common.store.users import Role, User, create_user, find_user

ADA = "Ada@School.example"
TERMINAL = "Karl\x1b[2J"


@pytest.fixture
async def connection(migrated_database: str) -> AsyncIterator[asyncpg.Connection]:
    found = await asyncpg.connect(migrated_database)
    yield found
    await found.close()


@pytest.fixture
def environment(migrated_database: str) -> dict[str, str]:
    return {"DATABASE_URL": migrated_database}


async def make(connection: asyncpg.Connection, email: str = ADA, name: str = "Ada", role: Role = "writer") -> User:
    return await create_user(connection, email=email, name=name, role=role, password_hash=hash_password("test123"))


async def now(connection: asyncpg.Connection, email: str = ADA) -> User:
    user = await find_user(connection, email)
    assert user is not None
    return user


async def test_the_accounts_are_listed_in_columns_and_cannot_steer_the_terminal(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    await make(connection)
    await make(connection, "karl@school.example", TERMINAL, "reader")
    admin(environment, "user", "disable", "karl@school.example")
    listed = admin(environment, "user", "list")
    titles, *rows, last = listed.stdout.splitlines()
    assert titles.split() == ["address", "name", "role", "state", "created", "id"]
    assert [row.split()[:4] for row in rows] == [
        [ADA, "Ada", "writer", "active"],
        ["karl@school.example", r"Karl\x1b[2J", "reader", "disabled"],
    ]
    assert last == "2 accounts, 2 shown"
    assert "hash" not in listed.stdout
    assert admin(environment, "user", "list", "--limit", "1").stdout.endswith("2 accounts, 1 shown\n")


async def test_the_accounts_are_listed_as_json(connection: asyncpg.Connection, environment: dict[str, str]) -> None:
    user = await make(connection, name=TERMINAL)
    listed = json.loads(admin(environment, "user", "list", "--json").stdout)
    (account,) = listed["accounts"]
    assert listed["count"] == 1
    assert account == {
        "id": user.user_id, "email": ADA, "name": TERMINAL, "role": "writer", "state": "active",
        "created_at": account["created_at"],
    }  # fmt: skip


async def test_an_account_is_disabled_and_enabled_however_its_address_is_spelled(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    user = await make(connection)
    spellings = (" ADA@school.EXAMPLE ", "\uff21da@school.example")
    for done, account in zip(("disabled", "enabled"), spellings, strict=True):
        command = done.removesuffix("d")
        assert admin(environment, "user", command, account).stdout.startswith(f"{done} {ADA}")
        assert (await now(connection)).is_disabled == (done == "disabled")
        assert admin(environment, "user", command, user.user_id.upper()).stdout == f"{ADA} is {done} already\n"
    assert (await now(connection)).token_generation == 1


async def test_another_role_ends_the_tokens_of_the_old_one(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    await make(connection)
    assert admin(environment, "user", "set-role", ADA, "reader").stdout.startswith(f"{ADA} is a reader now; tokens")
    changed = await now(connection)
    assert (changed.role, changed.token_generation) == ("reader", 1)
    assert admin(environment, "user", "set-role", ADA, "reader").stdout == f"{ADA} is a reader already\n"
    assert (await now(connection)).token_generation == 1


async def test_another_password_comes_from_standard_input_and_ends_the_tokens_of_the_old_one(
    connection: asyncpg.Connection, environment: dict[str, str]
) -> None:
    await make(connection)
    done = admin(environment, "user", "set-password", ADA, "--password-stdin", given="großes Pferd\r\n")
    assert (done.returncode, done.stderr) == (0, "")
    changed = await now(connection)
    assert verify_password(changed.password_hash, "großes Pferd")
    assert not verify_password(changed.password_hash, "test123")
    assert changed.token_generation == 1


async def test_user_create_is_create_user(connection: asyncpg.Connection, environment: dict[str, str]) -> None:
    options = ("--email", f"\u200b {ADA} ", "--name", "Ada", "--role", "reader", "--password-stdin")
    assert admin(environment, "user", "create", *options, given="long enough").returncode == 0
    assert (await now(connection)).email == ADA


@pytest.mark.parametrize(
    "arguments",
    [
        ("disable", "nobody@school.example"),
        ("set-role", "00000000-0000-4000-8000-000000000000", "reader"),
        ("set-password", "\u0130", "--password-stdin"),
    ],
)
def test_an_account_that_is_not_there_is_named_and_ends_with_1(
    environment: dict[str, str], arguments: tuple[str, ...]
) -> None:
    refused = admin(environment, "user", *arguments, given="long enough\n")
    assert refused.returncode == 1
    assert refused.stderr == f"Error: there is no account {arguments[1]!r}; see: ingestor-admin user list\n"


def test_a_database_without_the_accounts_columns_is_told_to_be_migrated(database: str) -> None:
    refused = admin({"DATABASE_URL": database}, "user", "list")
    assert refused.returncode == 3
    assert "run: ingestor-admin migrate" in refused.stderr
