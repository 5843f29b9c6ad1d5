"""What passes by itself is waited for; what is about the data is not tried again."""

import asyncpg
import pytest

from ingestor_common.store.errors import is_refusal, is_transient

PASSES = [
    ConnectionRefusedError(),
    TimeoutError(),
    asyncpg.InterfaceError("connection is closed"),
    asyncpg.ConnectionDoesNotExistError(),
    asyncpg.AdminShutdownError(),
    asyncpg.CannotConnectNowError(),
    asyncpg.DeadlockDetectedError(),
    asyncpg.SerializationError(),
    asyncpg.TooManyConnectionsError(),
    asyncpg.DiskFullError(),
    asyncpg.ReadOnlySQLTransactionError(),
    asyncpg.UndefinedTableError(),
]
REFUSED = [
    asyncpg.CheckViolationError(),
    asyncpg.NotNullViolationError(),
    asyncpg.CharacterNotInRepertoireError(),
    asyncpg.NumericValueOutOfRangeError(),
    asyncpg.RaiseError(),
]


@pytest.mark.parametrize("error", PASSES, ids=repr)
def test_trouble_of_the_database_passes_by_itself(error: Exception) -> None:
    assert is_transient(error)
    assert not is_refusal(error)


@pytest.mark.parametrize("error", REFUSED, ids=repr)
def test_a_refused_row_is_about_the_data(error: Exception) -> None:
    assert is_refusal(error)
    assert not is_transient(error)


def test_a_defect_of_ours_is_neither() -> None:
    assert not is_transient(ValueError())
    assert not is_refusal(asyncpg.PostgresSyntaxError())
