"""Which database errors pass by themselves, and which are about the data."""

import asyncio
from typing import Final

import asyncpg

# SQLSTATE classes and codes after which the same statement may succeed later: connection trouble (08), transaction
# rollback such as deadlock or serialization failure (40), insufficient resources (53), operator intervention (57),
# system error (58), lock not available, a standby that took over while still read-only (25006), and objects that a
# migration is about to make (42P01, 42703, 42883).
_TRANSIENT_CLASSES: Final = frozenset({"08", "40", "53", "57", "58"})
_TRANSIENT_CODES: Final = frozenset({"55P03", "25006", "42P01", "42703", "42883", "28000", "28P01", "3D000"})

# A server that only reads (25006), and one that is about to end.
_MOVED_CODES: Final = frozenset({"25006", "57P01", "57P02", "57P03", "57P04", "57P05"})
# Statements that a pooler has lost or mixed up, and what it does not expect.
_POOLER_CODES: Final = frozenset({"26000", "42P05", "08P01"})
# Plans and types as they were before a migration or a switch; a type's number differs from server to server.
_STALE_CLASSES: Final = (asyncpg.InvalidCachedStatementError, asyncpg.OutdatedSchemaCacheError)
_LOST_OBJECTS: Final = ("cache lookup failed", "could not open relation with OID")


def is_stale(error: BaseException) -> bool:
    """Whether the connection is at fault, so that the same may succeed with one that is made anew."""
    if isinstance(error, asyncpg.InternalServerError):
        return any(words in str(error) for words in _LOST_OBJECTS)
    return isinstance(error, _STALE_CLASSES) or is_of_pooler(error) or _state(error) in _MOVED_CODES


def is_of_pooler(error: BaseException) -> bool:
    """Whether a pooler stands where none was, or none where one was."""
    return _state(error) in _POOLER_CODES


def is_transient(error: BaseException) -> bool:
    """Whether to wait and try the same again; False means that the data itself is refused, or a defect of ours."""
    if is_stale(error):
        return True
    if isinstance(error, asyncpg.PostgresError):
        state = error.sqlstate or ""
        return state[:2] in _TRANSIENT_CLASSES or state in _TRANSIENT_CODES
    # asyncpg raises InterfaceError for a connection that closed under it, OSError for one that cannot be made.
    return isinstance(error, (OSError, asyncio.TimeoutError, asyncpg.InterfaceError, asyncpg.InternalClientError))


def is_refusal(error: BaseException) -> bool:
    """Whether the database refused a row for what is in it: data exceptions (22) and violated constraints (23)."""
    return isinstance(error, asyncpg.PostgresError) and (error.sqlstate or "")[:2] in {"22", "23", "P0"}


def kind(error: BaseException) -> str:
    """A short, bounded word for metrics: the name of the SQLSTATE's condition class, or of the exception."""
    return type(error).__name__


def _state(error: BaseException) -> str | None:
    return error.sqlstate if isinstance(error, asyncpg.PostgresError) else None
