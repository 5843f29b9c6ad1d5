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

OWNER = User(user_id="1", email="ilse@school.example", name="Ilse", role="reader", password_hash="right")
OTHERS = [
    User(user_id=f"x{n}", email=f"x{n}@known.example", name="X", role="reader", password_hash="right as well")
    for n in range(100)
]
USERS = {user.email: user for user in [OWNER, *OTHERS]}
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
        return USERS.get(email)

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


KNOWN_FLOODS = {
    "accounts of one network": [(user, ELSEWHERE) for user in OTHERS],
    "networks of one account": [(OTHERS[0], f"10.2.{number}.2") for number in range(100)],
}


@pytest.mark.parametrize("flood", KNOWN_FLOODS.values(), ids=KNOWN_FLOODS)
@pytest.mark.parametrize("became_known", ["by password", "by token"])
@pytest.mark.parametrize("have_come_since", [False, True])
@pytest.mark.parametrize("flood_holds_tokens", [False, True])
@pytest.mark.parametrize("knows", ["network", "token"])
async def test_an_owner_is_served_next_by_however_many_names_a_known_caller_comes(
    hasher: Hasher,
    flood: list[tuple[User, str]],
    became_known: str,
    have_come_since: bool,
    flood_holds_tokens: bool,
    knows: str,
) -> None:
    accounts = Accounts(cast("Any", None))

    def log_in(user: User, host: str, holds_token: bool) -> asyncio.Task[User]:
        holder = user.user_id if holds_token else None
        password = user.password_hash
        return asyncio.create_task(accounts.log_in(email=user.email, password=password, host=host, holder=holder))

    hasher.go.set()
    await log_in(OWNER, HOME, holds_token=False)
    # Each becomes known; made in store, they were never served as what they come as later.
    for holds_token in [became_known == "by token", flood_holds_tokens][: 1 + have_come_since]:
        for user, host in flood:
            await log_in(user, host, holds_token)
    hasher.go.clear()
    hasher.order.clear()
    crowd = [log_in(user, host, flood_holds_tokens) for user, host in flood]
    await settled()
    login = log_in(OWNER, HOME if knows == "network" else ELSEWHERE, knows == "token")
    await settled()
    hasher.go.set()
    assert await login == OWNER
    await asyncio.gather(*crowd, return_exceptions=True)
    assert hasher.order.index("right") == 1
