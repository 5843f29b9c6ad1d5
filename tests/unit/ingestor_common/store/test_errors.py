"""What passes by itself is waited for; what is about the data is not tried again."""

import asyncio
import re

import asyncpg
import pytest

from ingestor_common.store.errors import in_words, is_refusal, is_transient
from ingestor_common.store.ledger import OffsetMoved

PASSES = [
    ConnectionRefusedError(),
    TimeoutError(),
    asyncpg.InterfaceError("connection is closed"),
    asyncpg.InternalClientError("another operation is in progress"),
    asyncpg.ConnectionDoesNotExistError(),
    asyncpg.AdminShutdownError(),
    asyncpg.CannotConnectNowError(),
    asyncpg.DeadlockDetectedError(),
    asyncpg.SerializationError(),
    asyncpg.TooManyConnectionsError(),
    asyncpg.DiskFullError(),
    asyncpg.ReadOnlySQLTransactionError(),
    asyncpg.UndefinedTableError(),
    asyncpg.UndefinedColumnError(),
    asyncpg.InsufficientPrivilegeError(),
    asyncpg.InvalidCachedStatementError(),
    asyncpg.InvalidSQLStatementNameError(),
    asyncpg.DuplicatePreparedStatementError(),
    asyncpg.PostgresSyntaxError(),
    asyncpg.LockNotAvailableError(),
    asyncpg.ObjectNotInPrerequisiteStateError(),
    asyncpg.QueryCanceledError(),
]
REFUSED = [
    asyncpg.CheckViolationError(),
    asyncpg.NotNullViolationError(),
    asyncpg.CharacterNotInRepertoireError(),
    asyncpg.NumericValueOutOfRangeError(),
    asyncpg.RaiseError(),
    asyncpg.ProgramLimitExceededError(),
    asyncpg.StatementTooComplexError(),
    asyncpg.CardinalityViolationError(),
    asyncpg.FeatureNotSupportedError(),
    asyncpg.InternalServerError(),
    asyncpg.DataCorruptedError(),
    asyncpg.DataError(),
    UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"),
    OverflowError("value out of int32 range"),
    TypeError("expected str, got int"),
]
FATAL = [
    RuntimeError("Event loop is closed"),
    OffsetMoved((0,)),
    AssertionError(),
    MemoryError(),
    asyncio.CancelledError(),
]


@pytest.mark.parametrize("error", PASSES, ids=repr)
def test_trouble_of_the_database_passes_by_itself(error: Exception) -> None:
    assert is_transient(error)
    assert not is_refusal(error)


@pytest.mark.parametrize("error", REFUSED, ids=repr)
def test_a_refused_row_is_about_the_data(error: Exception) -> None:
    assert is_refusal(error)
    assert not is_transient(error)


@pytest.mark.parametrize("error", FATAL, ids=repr)
def test_a_defect_of_the_process_is_neither(error: BaseException) -> None:
    assert not is_transient(error)
    assert not is_refusal(error)


@pytest.mark.parametrize("name", sorted(name for name in dir(asyncpg) if name.endswith("Error")))
def test_every_error_of_the_database_is_one_of_the_two(name: str) -> None:
    error = getattr(asyncpg, name)
    if issubclass(error, asyncpg.PostgresError):
        assert is_transient(error()) != is_refusal(error())


@pytest.mark.parametrize("error", [*PASSES, *REFUSED, *FATAL], ids=lambda error: type(error).__name__)
def test_why_the_database_cannot_be_used_is_said_without_the_names_of_classes(error: Exception) -> None:
    words = in_words(error)
    assert words
    assert not re.search(r"[a-z]Error|Errno", words)


def test_what_a_server_says_is_not_repeated_for_it_may_name_users_and_databases() -> None:
    assert in_words(asyncpg.InvalidPasswordError('user "olga"')) == "the server refuses the login"
    assert in_words(asyncpg.UndefinedTableError('relation "secret"')) == "the server answers with error 42P01"
