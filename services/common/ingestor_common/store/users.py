"""Accounts of writers and readers."""

from dataclasses import dataclass
from typing import Literal

import asyncpg

from ingestor_common.store.pool import Connection

Role = Literal["writer", "reader"]


@dataclass(frozen=True, slots=True)
class User:
    user_id: str
    email: str
    name: str
    role: Role
    password_hash: str


class EmailTaken(ValueError):
    """An account with this address exists."""


async def create_user(connection: Connection, *, email: str, name: str, role: Role, password_hash: str) -> User:
    """Make an account. Raises EmailTaken, whichever way the address is capitalised."""
    try:
        row = await connection.fetchrow(
            "INSERT INTO users (email, name, role, password_hash) VALUES ($1, $2, $3, $4)"
            " RETURNING user_id::text, email, name, role, password_hash",
            email,
            name,
            role,
            password_hash,
        )
    except asyncpg.UniqueViolationError:
        raise EmailTaken(f"an account for {email} exists") from None
    assert row is not None  # noqa: S101  INSERT ... RETURNING gives a row or raises
    return User(*row)


async def find_user(connection: Connection, email: str) -> User | None:
    """The account of this address, however it is capitalised."""
    row = await connection.fetchrow(
        "SELECT user_id::text, email, name, role, password_hash FROM users WHERE lower(email) = lower($1)",
        email,
    )
    return None if row is None else User(*row)
