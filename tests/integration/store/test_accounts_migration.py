"""Accounts of earlier releases keep their owners: their addresses are folded, and nobody else's become theirs."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from ingestor_common.store.migrate import migrate, migrations
from ingestor_common.store.users import User, find_user, find_user_by_id, fold_addresses, list_users

NUMBER = 10


@pytest.fixture
async def earlier(database: str) -> AsyncIterator[asyncpg.Connection]:
    """A database of the release before."""
    connection = await asyncpg.connect(database)
    await connection.execute(
        "CREATE TABLE schema_migrations ("
        "number integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
    )
    for migration in migrations():
        if migration.number < NUMBER:
            await connection.execute(migration.sql)
            await connection.execute(
                "INSERT INTO schema_migrations (number, name) VALUES ($1, $2)", migration.number, migration.name
            )
    yield connection
    await connection.close()


async def insert(connection: asyncpg.Connection, email: str, age: int = 0) -> str:
    """An account as the release before made it; its id."""
    return str(
        await connection.fetchval(
            "INSERT INTO users (email, name, role, password_hash, created_at)"
            " VALUES ($1, 'A', 'writer', 'hash', now() - $2 * interval '1 day') RETURNING user_id",
            email,
            age,
        )
    )


async def found(connection: asyncpg.Connection, email: str) -> str | None:
    user = await find_user(connection, email)
    return None if user is None else user.user_id


async def test_every_account_is_found_by_its_address_as_it_was_given(
    earlier: asyncpg.Connection, database: str
) -> None:
    emails = ["Ada@School.example", " karl@school.example", "müller@schule.example", "İlker@okul.example", "no address"]
    ids = {email: await insert(earlier, email) for email in emails}
    await migrate(database)
    assert {email: await found(earlier, email) for email in emails} == ids
    assert await found(earlier, "ILKER@okul.example") == ids["İlker@okul.example"]


async def test_of_accounts_with_one_address_the_oldest_keeps_it_and_the_others_nobody_can_name(
    earlier: asyncpg.Connection, database: str
) -> None:
    younger = await insert(earlier, "ada@school.example ", 1)
    oldest = await insert(earlier, "ADA@school.example", 2)
    youngest = await insert(earlier, "\uff41da@school.example", 0)
    await migrate(database)
    assert await found(earlier, "ada@school.example") == oldest
    assert [await found(earlier, f" {user_id}") for user_id in (younger, youngest)] == [None, None]
    users, count = await list_users(earlier, 10)
    assert count == 3
    assert {user.user_id for user in users if user.is_shadowed} == {younger, youngest}
    assert isinstance(await find_user_by_id(earlier, younger), User)


async def test_an_account_that_a_process_of_the_release_before_makes_meanwhile_is_folded_afterwards(
    earlier: asyncpg.Connection, database: str
) -> None:
    await migrate(database)
    user_id = await insert(earlier, "Late@school.example")
    assert await fold_addresses(earlier) == 1
    assert await found(earlier, "late@school.example") == user_id
    assert await fold_addresses(earlier) == 0


async def test_an_address_that_folds_to_more_than_an_index_holds_stops_nothing(
    earlier: asyncpg.Connection, database: str
) -> None:
    user_id = await insert(earlier, "\ufdfa" * 200 + "@school.example")
    await migrate(database)
    user = await find_user_by_id(earlier, user_id)
    assert user is not None
    assert user.is_shadowed
