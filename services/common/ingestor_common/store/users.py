"""Accounts of writers and readers.

An account is found by its address as `addresses.fold` makes it. Each change that ends its tokens raises its token
generation.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

import asyncpg

from ingestor_common.addresses import LONGEST, fold
from ingestor_common.store.pool import Connection

Role = Literal["writer", "reader"]

LONGEST_NAME: Final = 200
"""Characters of an account's name."""

_FOLDED_AT_A_TIME: Final = 1000
_USER_ID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_COLUMNS: Final = (
    "user_id::text, email, name, role, password_hash, token_generation, disabled_at IS NOT NULL AS is_disabled,"
    " starts_with(address, ' ') IS TRUE AS is_shadowed, created_at"
)
_END_TOKENS: Final = "token_generation = token_generation + 1, changed_at = now()"


@dataclass(frozen=True, slots=True)
class User:
    """`is_shadowed`: an older account has the same address, so that nobody can log in to this one."""

    user_id: str
    email: str
    name: str
    role: Role
    password_hash: str
    token_generation: int = 0
    is_disabled: bool = False
    is_shadowed: bool = False
    created_at: datetime | None = None


class EmailTaken(ValueError):
    """An account with this address exists."""


async def create_user(connection: Connection, *, email: str, name: str, role: Role, password_hash: str) -> User:
    """Make an account; `email` is as `addresses.parse` gives it. Raises EmailTaken, however the address is spelled."""
    try:
        row = await connection.fetchrow(
            "INSERT INTO users (email, address, name, role, password_hash) VALUES ($1, $2, $3, $4, $5)"
            f" RETURNING {_COLUMNS}",
            email,
            fold(email),
            name,
            role,
            password_hash,
        )
    except asyncpg.UniqueViolationError:
        raise EmailTaken(f"an account for {email} exists") from None
    assert row is not None  # noqa: S101  INSERT ... RETURNING gives a row or raises
    return User(*row)


async def find_user(connection: Connection, email: str) -> User | None:
    """The account of this address, however it is spelled."""
    row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM users WHERE address = $1", fold(email))
    return None if row is None else User(*row)


async def find_user_by_id(connection: Connection, user_id: str) -> User | None:
    """The account of this id; None also for text that is no id."""
    if _USER_ID.fullmatch(user_id) is None:
        return None
    row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM users WHERE user_id = $1::text::uuid", user_id)
    return None if row is None else User(*row)


async def list_users(connection: Connection, limit: int) -> tuple[list[User], int]:
    """The first `limit` accounts in the order of their addresses, and how many there are."""
    rows = await connection.fetch(f"SELECT {_COLUMNS} FROM users ORDER BY lower(email), user_id LIMIT $1", limit)
    return [User(*row) for row in rows], await connection.fetchval("SELECT count(*) FROM users")


async def disable(connection: Connection, user_id: str) -> bool:
    """Let nobody log in to the account, and end its tokens. Whether it was enabled before."""
    return await _change(connection, f"disabled_at = now(), {_END_TOKENS}", "disabled_at IS NULL", user_id)


async def enable(connection: Connection, user_id: str) -> bool:
    """Take `disable` back; tokens from before stay ended. Whether it was disabled before."""
    return await _change(connection, "disabled_at = NULL", "disabled_at IS NOT NULL", user_id)


async def set_role(connection: Connection, user_id: str, role: Role) -> bool:
    """Give the account another role, and end the tokens of the old one. Whether it had another before."""
    return await _change(connection, f"role = $2, {_END_TOKENS}", "role <> $2", user_id, role)


async def set_password(connection: Connection, user_id: str, password_hash: str) -> bool:
    """Give the account another password, and end the tokens from before. Whether there is such an account."""
    return await _change(connection, f"password_hash = $2, {_END_TOKENS}", "true", user_id, password_hash)


async def token_generations(connection: Connection, seconds: float) -> dict[str, int]:
    """The token generation of every account whose tokens were ended in the last `seconds`, by user id."""
    rows = await connection.fetch(
        "SELECT user_id::text, token_generation FROM users WHERE changed_at > now() - $1::interval",
        timedelta(seconds=seconds),
    )
    return {row["user_id"]: row["token_generation"] for row in rows}


async def fold_addresses(connection: Connection) -> int:
    """Fold the addresses of accounts that an earlier release has made; how many there were.

    Where several have the same one, the oldest keeps it. The others get one that no login can name.
    """
    rows = await connection.fetch(
        "SELECT user_id::text, email FROM users WHERE address IS NULL ORDER BY created_at, user_id LIMIT $1",
        _FOLDED_AT_A_TIME,
    )
    for row in rows:
        await _set_address(connection, row["user_id"], fold(row["email"]))
    return len(rows)


async def _set_address(connection: Connection, user_id: str, address: str) -> None:
    # What is folded never begins with a blank.
    unreachable = f" {user_id}"
    names: Sequence[str] = (address, unreachable) if len(address) <= LONGEST else (unreachable,)
    for name in names:
        try:
            async with connection.transaction():
                await connection.execute(
                    "UPDATE users SET address = $2 WHERE user_id = $1::text::uuid AND address IS NULL", user_id, name
                )
        except asyncpg.UniqueViolationError:
            continue
        return


async def _change(connection: Connection, assignments: str, condition: str, *values: str) -> bool:
    changed = await connection.fetchval(
        f"UPDATE users SET {assignments} WHERE user_id = $1::text::uuid AND {condition} RETURNING user_id", *values
    )
    return changed is not None
