"""Whatever strangers do, an owner's password is hashed next."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest

from ingestor_api.auth import accounts as module
from ingestor_api.auth.accounts import Accounts
from ingestor_api.errors import Problem
from ingestor_common.store.users import User

OWNER = User("1", "Ilse", "ilse@school.example", "reader", "right")
HOME = "10.1.1.1"
ELSEWHERE = "10.9.9.9"


class Hasher:
    """Hashes nothing before it is let go; `order` is who was served."""

    def __init__(self) -> None:
        self.order: list[str] = []
        self.go = threading.Event()

    def verify(self, password_hash: str, password: str) -> bool:
        self.go.wait()
        self.order.append(password)
        return password_hash == password

    def hash(self, password: str) -> str:
        self.go.wait()
        self.order.append(password)
        return password


@pytest.fixture
def hasher(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hasher]:
    made = Hasher()

    @asynccontextmanager
    async def acquire(pool: object) -> AsyncIterator[None]:
        yield None

    async def find_user(connection: object, email: str) -> User | None:
        return OWNER if email == OWNER.email else None

    async def create_user(connection: object, **fields: object) -> User:
        return OWNER

    for name, value in {"acquire": acquire, "find_user": find_user, "create_user": create_user}.items():
        monkeypatch.setattr(module, name, value)
    monkeypatch.setattr(module, "verify_password", made.verify)
    monkeypatch.setattr(module, "hash_password", lambda password: "hash of nobody's password")
    yield made
    made.go.set()


async def settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def guesses(accounts: Accounts, hosts: list[str], email: str | None) -> list[asyncio.Task[Any]]:
    return [
        asyncio.create_task(
            accounts.log_in(email=email or f"x{number}@no.where", password="wrong", host=host, holder=None)
        )
        for number, host in enumerate(hosts)
    ]


def sign_ups(accounts: Accounts, hosts: list[str]) -> list[asyncio.Task[Any]]:
    return [
        asyncio.create_task(
            accounts.sign_up(name="X", email=f"x{number}@no.where", password="wrong", role="reader", host=host)
        )
        for number, host in enumerate(hosts)
    ]


FLOODS = {
    "one address": ["10.2.2.2"] * 90,
    "three addresses": [f"10.2.2.{number % 3}" for number in range(90)],
    "many addresses": [f"10.2.{number}.2" for number in range(200)],
}


@pytest.mark.parametrize("kind", ["nobody's account", "the owner's account", "sign-ups"])
@pytest.mark.parametrize("hosts", FLOODS.values(), ids=FLOODS)
@pytest.mark.parametrize("knows", ["network", "token"])
async def test_an_owner_is_served_next_whatever_strangers_do(
    hasher: Hasher, monkeypatch: pytest.MonkeyPatch, kind: str, hosts: list[str], knows: str
) -> None:
    accounts = Accounts(cast("Any", None))
    hasher.go.set()
    await accounts.log_in(email=OWNER.email, password="right", host=HOME, holder=None)
    hasher.go.clear()
    hasher.order.clear()
    monkeypatch.setattr(module, "hash_password", hasher.hash)
    crowd = (
        sign_ups(accounts, hosts)
        if kind == "sign-ups"
        else guesses(accounts, hosts, OWNER.email if kind == "the owner's account" else None)
    )
    await settled()
    host, holder = (HOME, None) if knows == "network" else (ELSEWHERE, OWNER.user_id)
    login = asyncio.create_task(accounts.log_in(email=OWNER.email, password="right", host=host, holder=holder))
    await settled()
    hasher.go.set()
    assert await login == OWNER
    answers = await asyncio.gather(*crowd, return_exceptions=True)
    assert hasher.order[:2] == ["wrong", "right"]
    refused = [answer.status_code for answer in answers if isinstance(answer, Problem)]
    assert set(refused) <= {401, 429}


async def test_a_stranger_elsewhere_is_served_while_one_address_guesses(hasher: Hasher) -> None:
    accounts = Accounts(cast("Any", None))
    crowd = guesses(accounts, FLOODS["one address"], None)
    await settled()
    login = asyncio.create_task(accounts.log_in(email=OWNER.email, password="right", host=ELSEWHERE, holder=None))
    await settled()
    hasher.go.set()
    assert await login == OWNER
    await asyncio.gather(*crowd, return_exceptions=True)
    assert hasher.order.index("right") <= 2
