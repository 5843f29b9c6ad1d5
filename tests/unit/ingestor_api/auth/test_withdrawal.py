"""Tokens of an account that was changed end, and no others."""

from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from services import SECRET, token

from ingestor_api.auth import withdrawal as module
from ingestor_api.auth.tokens import OwnTokens
from ingestor_api.auth.verifier import Verifier
from ingestor_api.auth.withdrawal import Withdrawal
from ingestor_api.errors import Problem
from ingestor_common.store.pool import Connection
from ingestor_common.store.users import User

ADA = "6f1b0c7e-5a53-4d3f-8a85-3b8f1f7b1d3a"
KARL = "7f1b0c7e-5a53-4d3f-8a85-3b8f1f7b1d3a"


class Changed:
    """Accounts that have changed, by user id with their token generations, where the database's are read."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.generations: dict[str, int] = {}
        monkeypatch.setattr(module, "token_generations", self._read)

    async def _read(self, *_: Any) -> dict[str, int]:
        return self.generations


@pytest.fixture
def changed(monkeypatch: pytest.MonkeyPatch) -> Changed:
    return Changed(monkeypatch)


def header(user_id: str, generation: int) -> bytes:
    user = User(user_id, "a@b.example", "A", "writer", "hash", token_generation=generation)
    return b"Bearer " + OwnTokens(SECRET).issue(user).token.encode()


async def look(withdrawal: Withdrawal) -> None:
    await withdrawal.look(cast(Connection, None))


async def is_taken(verifier: Verifier, authorization: bytes) -> bool:
    try:
        await verifier.caller(authorization)
    except Problem as problem:
        return problem.status_code != 401
    return True


async def test_a_token_that_is_remembered_ends_with_its_generation(changed: Changed) -> None:
    withdrawal = Withdrawal()
    verifier = Verifier(OwnTokens(SECRET), None, withdrawal=withdrawal)
    before, others = header(ADA, 0), header(KARL, 0)
    assert await is_taken(verifier, before)
    assert await is_taken(verifier, others)
    changed.generations[ADA] = 1
    await look(withdrawal)
    assert verifier.remembered(before) is None
    assert not await is_taken(verifier, before)
    assert verifier.remembered(others) is not None
    assert await is_taken(verifier, header(ADA, 1))


@pytest.mark.usefixtures("changed")
async def test_until_the_accounts_could_be_read_good_tokens_are_taken() -> None:
    assert await is_taken(Verifier(OwnTokens(SECRET), None, withdrawal=Withdrawal()), header(ADA, 3))


async def test_tokens_that_others_signed_with_the_secret_are_no_accounts(changed: Changed) -> None:
    withdrawal = Withdrawal()
    changed.generations[ADA] = 1
    await look(withdrawal)
    assert await is_taken(
        Verifier(OwnTokens(SECRET), None, withdrawal=withdrawal), b"Bearer " + token("WRITE").encode()
    )


@pytest.mark.parametrize("generation", ["1", 1.5, None, [1]])
async def test_a_generation_that_is_no_number_is_refused(generation: object) -> None:
    assert not await is_taken(Verifier(OwnTokens(SECRET), None), b"Bearer " + token("WRITE", gen=generation).encode())


@given(st.integers(0, 5), st.integers(0, 5))
async def test_a_token_is_taken_from_its_accounts_generation_on(issued: int, now: int) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        Changed(monkeypatch).generations[ADA] = now
        withdrawal = Withdrawal()
        await look(withdrawal)
        verifier = Verifier(OwnTokens(SECRET), None, withdrawal=withdrawal)
        assert await is_taken(verifier, header(ADA, issued)) == (issued >= now)
