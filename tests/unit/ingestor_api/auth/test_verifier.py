"""Tokens of our own: what is taken, what is refused."""

import base64
import json
import time
from contextlib import suppress
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from services import SECRET, token

from ingestor_api.auth import verifier
from ingestor_api.auth.tokens import LEEWAY_SECONDS, LIFETIME_SECONDS, OwnTokens
from ingestor_api.auth.verifier import Verifier
from ingestor_api.errors import Problem
from ingestor_common.store.users import Role, User

# However long the other tests take: parameters are worked out before the first one runs.
LAST_CENTURY = 900_000_000
NEXT_CENTURY = 4_200_000_000


def fresh() -> Verifier:
    return Verifier(OwnTokens(SECRET), None)


def bearer(token: str) -> bytes:
    return f"Bearer {token}".encode()


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


async def refused(authorization: bytes | None) -> str:
    with pytest.raises(Problem) as refusal:
        await fresh().caller(authorization)
    assert refusal.value.status_code == 401
    assert refusal.value.headers == {"WWW-Authenticate": "Bearer"}
    return refusal.value.detail


@pytest.mark.parametrize(("role", "scope"), [("writer", "WRITE"), ("reader", "READ")])
async def test_an_issued_token_is_its_users_for_24_hours(role: Role, scope: str) -> None:
    user = User("6f1b0c7e-5a53-4d3f-8a85-3b8f1f7b1d3a", "a@b.example", "A", role, "hash")
    issued = OwnTokens(SECRET).issue(user)
    caller = await fresh().caller(bearer(issued.token))
    assert (caller.user_id, caller.scopes) == (user.user_id, frozenset({scope}))
    assert issued.expires_at.timestamp() == pytest.approx(time.time() + LIFETIME_SECONDS, abs=5)
    claims = jwt.decode(issued.token, options={"verify_signature": False})
    assert {"sub", "user_id", "scopes", "iss", "iat", "exp"} == claims.keys()


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none"},
        {"alg": "NONE"},
        {"alg": "None", "typ": "JWT"},
        {"alg": "HS512"},
        {"typ": "JWT"},
        {"alg": []},
        {"alg": {}},
    ],
)
async def test_a_token_without_our_algorithm_is_refused(header: dict[str, object]) -> None:
    claims = {"sub": "x", "scopes": ["WRITE"], "exp": time.time() + 60, "iss": "analytics-ingestor"}
    await refused(bearer(f"{part(header)}.{part(claims)}."))


async def test_a_token_signed_with_another_secret_is_refused() -> None:
    await refused(bearer(token("WRITE", secret="another secret, also long enough to be one")))


async def test_a_token_whose_scopes_were_changed_is_refused() -> None:
    header, claims, signature = token("READ").split(".")
    decoded = json.loads(base64.urlsafe_b64decode(claims + "=="))
    await refused(bearer(f"{header}.{part(decoded | {'scopes': ['WRITE']})}.{signature}"))


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": LAST_CENTURY},
        {"exp": None},
        {"exp": "soon"},
        {"sub": None},
        {"iss": "somebody-else"},
        {"nbf": NEXT_CENTURY},
        {"scopes": {"WRITE": True}},
        {"scopes": [1]},
    ],
)
async def test_a_token_with_wrong_claims_is_refused(claims: dict[str, Any]) -> None:
    await refused(bearer(token("WRITE", **claims)))


async def test_an_expired_token_is_told_to_be_expired() -> None:
    assert "expired" in await refused(bearer(token("WRITE", exp=int(time.time() - LEEWAY_SECONDS - 1))))


@given(st.floats(0, LEEWAY_SECONDS - 2))
async def test_a_token_of_a_process_whose_clock_is_a_little_ahead_or_behind_is_taken(seconds: float) -> None:
    now = time.time()
    for claim, value in (("iat", now + seconds), ("nbf", now + seconds), ("exp", now - seconds)):
        claims: dict[str, Any] = {claim: value}
        assert "WRITE" in (await fresh().caller(bearer(token("WRITE", **claims)))).scopes


@pytest.mark.parametrize("claim", ["iat", "nbf"])
async def test_a_token_from_further_ahead_is_refused(claim: str) -> None:
    claims: dict[str, Any] = {claim: int(time.time() + LEEWAY_SECONDS + 60)}
    await refused(bearer(token("WRITE", **claims)))


async def test_a_verified_token_is_remembered_but_not_beyond_its_expiry() -> None:
    now = time.time()
    verify = Verifier(OwnTokens(SECRET), None, lambda: now)
    header = bearer(token("WRITE", exp=int(now) + 100))
    assert verify.remembered(header) is None
    caller = await verify.caller(header)
    assert verify.remembered(header) == caller
    now += 101
    assert verify.remembered(header) is None


async def test_only_so_many_tokens_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifier, "MAX_REMEMBERED", 2)
    verify = fresh()
    headers = [bearer(token("WRITE")) for _ in range(3)]
    for header in headers:
        await verify.caller(header)
    assert [verify.remembered(header) is not None for header in headers] == [False, True, True]


@given(st.binary(max_size=200) | st.binary(max_size=200).map(lambda noise: b"Bearer " + noise))
async def test_whatever_the_header_it_is_refused_with_401(header: bytes) -> None:
    await refused(header)


async def test_a_header_of_absurd_length_is_refused() -> None:
    await refused(b"Bearer " + b"a" * 10_000)


async def test_scopes_are_understood_as_words_of_one_string_too() -> None:
    caller = await fresh().caller(bearer(token(scopes=None, scope="openid write")))
    assert "WRITE" in caller.scopes


def spellings(token: str, blanks: int, junk: str, place: float) -> list[bytes]:
    """Headers that carry the same token."""
    head, signature = token.rsplit(".", 1)
    at = int(place * len(signature))
    noisy = f"{head}.{signature[:at]}{junk * 4}{signature[at:]}"
    last = [f"{token[:-1]}{other}" for other in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"]
    padded = [f"bearer {' ' * blanks}{token}", f"BEARER {token}{' ' * blanks}", f"Bearer {token}{chr(9) * blanks}"]
    return [text.encode() for text in [*padded, f"Bearer {noisy}", *(f"Bearer {spelling}" for spelling in last)]]


@given(st.integers(1, 7000), st.sampled_from("!~ \t=+/"), st.floats(0, 1))
async def test_however_a_token_is_spelt_it_is_remembered_once(blanks: int, junk: str, place: float) -> None:
    verify = fresh()
    known = token("WRITE")
    other = token("READ")
    await verify.caller(bearer(other))
    before = verify.remembered_bytes
    await verify.caller(bearer(known))
    once = verify.remembered_bytes
    assert before < once
    taken = 0
    for header in spellings(known, blanks, junk, place):
        with suppress(Problem):
            taken += (await verify.caller(header)).scopes == {"WRITE"}
    assert taken >= 3
    assert verify.remembered_bytes == once
    assert verify.remembered(bearer(other)) is not None


async def test_tokens_are_remembered_within_so_many_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifier, "MAX_REMEMBERED_BYTES", 30_000)
    verify = fresh()
    headers = [bearer(token("WRITE", user_id="x" * 3000)) for _ in range(20)]
    for header in headers:
        await verify.caller(header)
        assert verify.remembered_bytes <= 30_000
    assert verify.remembered(headers[0]) is None
    assert verify.remembered(headers[-1]) is not None


@pytest.mark.parametrize("claim", ["exp", "nbf", "iat"])
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("exponent", [19, 308, 400, 4000])
async def test_a_time_beyond_all_times_gives_no_error_of_ours(claim: str, sign: int, exponent: int) -> None:
    claims = {"sub": "x", "exp": NEXT_CENTURY, "iss": "analytics-ingestor"} | {claim: sign * 10**exponent}
    with suppress(Problem):
        await fresh().caller(bearer(jwt.encode(claims, SECRET)))


async def test_scopes_are_words_of_ascii() -> None:
    claims = {"sub": "x", "scopes": ["wr\u0131te", "read"], "exp": NEXT_CENTURY, "iss": "analytics-ingestor"}
    caller = await fresh().caller(bearer(jwt.encode(claims, SECRET)))
    assert caller.scopes == frozenset({"READ"})
