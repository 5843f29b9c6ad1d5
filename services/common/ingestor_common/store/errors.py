"""Which errors of storing pass by themselves, and which are about the rows.

Everything that is neither is a defect in the process that stores, and ends it: RuntimeError and its kinds (the event
loop is closed, the ledger has moved), MemoryError and AssertionError. None of them depends on what is in a row.
"""

import asyncio
import struct
from typing import Final

import asyncpg

from ingestor_common.network_faults import network_fault

# SQLSTATE classes after which the same statement may succeed later, whatever the rows: connection trouble (08), the
# transaction's state, such as a server that only reads (25), a pooler that has lost a prepared statement (26), who may
# log in (28), the database or schema is missing (3D, 3F), transaction rollback such as deadlock (40), insufficient
# resources (53), objects in another state than needed, such as a lock that is not to be had (55), operator intervention
# (57), system errors (58). And 42: statements are ours and never made of what is in a row, so a missing table, column
# or right (a migration that is still to come, an account that lacks a grant) concerns every row there will ever be;
# refusing them one by one would empty the topic into the dead letters.
_TRANSIENT_CLASSES: Final = frozenset({"08", "25", "26", "28", "3D", "3F", "40", "42", "53", "55", "57", "58"})

CONNECTION_LOST: Final = (asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What asyncpg raises for a connection that closed under it; the second where the end has only half come, as in a
rollback just after the server process was killed."""

# OSError is raised for a connection that cannot be made, and InvalidCachedStatementError for a statement that was
# prepared before a table was altered: it is prepared anew by the next try.
_TRANSIENT: Final = (OSError, asyncio.TimeoutError, *CONNECTION_LOST, asyncpg.InvalidCachedStatementError)

# Raised on this side of the connection by values that cannot be encoded: UnicodeEncodeError is a ValueError,
# OverflowError an ArithmeticError.
_NOT_ENCODED: Final = (ValueError, TypeError, ArithmeticError, LookupError, struct.error)

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
        # Without a message the library cannot make a text of it.
        return bool(error.args) and any(words in str(error) for words in _LOST_OBJECTS)
    return isinstance(error, _STALE_CLASSES) or is_of_pooler(error) or _state(error) in _MOVED_CODES


def is_of_pooler(error: BaseException) -> bool:
    """Whether a pooler stands where none was, or none where one was."""
    return _state(error) in _POOLER_CODES


def is_transient(error: BaseException) -> bool:
    """Whether to wait and try the same again."""
    if is_stale(error) or isinstance(error, _TRANSIENT):
        return True
    return (_state(error) or "")[:2] in _TRANSIENT_CLASSES


def is_refusal(error: BaseException) -> bool:
    """Whether a row was refused for what is in it, or rows for what is in them together.

    Every error of the database that does not pass by itself is: data exceptions (22), violated constraints (23), what
    triggers raise (P0), but also limits of the program (54) and internal errors (XX), which other rows need not meet.
    """
    if is_transient(error):
        return False
    return isinstance(error, (asyncpg.PostgresError, *_NOT_ENCODED))


def is_lock_timeout(error: BaseException) -> bool:
    """Whether a lock was not to be had in time: somebody else works on the same session, question or month."""
    return isinstance(error, asyncpg.LockNotAvailableError)


KINDS: Final = ("timeout", "lock", "connection", "server", "row", "other")


def kind(error: BaseException) -> str:
    """One of KINDS, for metrics: whose fault a failure of storing is."""
    if is_lock_timeout(error):
        return "lock"
    if isinstance(error, (TimeoutError, asyncpg.QueryCanceledError)):
        return "timeout"
    if isinstance(error, (OSError, *CONNECTION_LOST, asyncpg.PostgresConnectionError)):
        return "connection"
    if is_transient(error):
        return "server"
    return "row" if is_refusal(error) else "other"


_SERVER_SAYS: Final = {
    "28": "the server refuses the login",
    "3D": "the server has no such database",
    "53": "the server has nothing left for it: connections, memory or disk",
    "55": "the server has the object locked or in another state",
    "57": "the server is starting, ending or has cancelled it",
}
"""Words for classes of SQLSTATE. The server's own may name users and databases."""


def in_words(error: BaseException) -> str:
    """Why the database cannot be used, in words that name neither it nor its user."""
    code = _state(error)
    if code is not None:
        return _SERVER_SAYS.get(code[:2], f"the server answers with error {code}")
    if isinstance(error, CONNECTION_LOST):
        return "the connection was closed"
    return network_fault(error) if isinstance(error, OSError) else "this service itself fails; its log says how"


def _state(error: BaseException) -> str | None:
    return error.sqlstate if isinstance(error, asyncpg.PostgresError) else None
