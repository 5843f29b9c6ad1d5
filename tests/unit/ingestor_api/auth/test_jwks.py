"""Tokens of an external issuer, whose keys are read from it and change."""

import asyncio
import contextlib
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from services import SECRET

from ingestor_api.auth import jwks, key_document
from ingestor_api.auth.jwks import ExternalTokens, Jwks
from ingestor_api.auth.tokens import OwnTokens
from ingestor_api.auth.verifier import Verifier
from ingestor_api.errors import Problem

RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
POLL_SECONDS = 0.01
DRIP_SECONDS = 0.05
FETCH_SECONDS = 1.0
AT_ONCE = 0.9
"""Seconds: a machine with much to do, and still less than a fetch takes."""
DRIPS = [b"", b"HTTP/1.1 200 OK\r\nX-", b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n"]
CLAIMS = {"sub": "teacher-1", "scope": "write", "iss": "https://issuer.example", "aud": "ingestor"}


class Issuer:
    """A JWKS endpoint whose keys a test changes; counts how often it is read."""

    def __init__(self) -> None:
        self.keys: list[Any] = []
        self.document: Any = ...
        self.reads = 0
        self.broken = False
        self.dripping: bytes | None = None
        self.left = threading.Event()
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.reads += 1
                if issuer.dripping is not None:
                    self.drip(issuer.dripping)
                    return
                self.send_response(500 if issuer.broken else 200)
                self.end_headers()
                document = {"keys": issuer.keys} if issuer.document is ... else issuer.document
                self.wfile.write(document if isinstance(document, bytes) else json.dumps(document).encode())

            def drip(self, answer: bytes) -> None:
                self.wfile.write(answer)
                with contextlib.suppress(OSError):
                    while not issuer.left.wait(DRIP_SECONDS):
                        self.wfile.write(b"x")

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/jwks"
        threading.Thread(target=self.server.serve_forever, args=(POLL_SECONDS,), daemon=True).start()


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    issuer = Issuer()
    issuer.keys = [rsa_jwk(RSA_KEY, "rsa-1"), ec_jwk(EC_KEY, "ec-1")]
    yield issuer
    issuer.left.set()
    issuer.server.shutdown()
    issuer.server.server_close()


def rsa_jwk(key: rsa.RSAPrivateKey, key_id: str) -> dict[str, Any]:
    return RSAAlgorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": key_id, "use": "sig"}


def ec_jwk(key: ec.EllipticCurvePrivateKey, key_id: str) -> dict[str, Any]:
    return ECAlgorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": key_id, "alg": "ES256"}


def signed(key: Any, algorithm: str, key_id: str, **claims: Any) -> bytes:
    content = CLAIMS | {"exp": int(time.time()) + 600} | claims
    return b"Bearer " + jwt.encode(content, key, algorithm=algorithm, headers={"kid": key_id}).encode()


def verifier(issuer: Issuer) -> Verifier:
    return Verifier(OwnTokens(SECRET), ExternalTokens(Jwks(issuer.url), "https://issuer.example", "ingestor"))


async def refused(verify: Verifier, header: bytes) -> None:
    with pytest.raises(Problem) as refusal:
        await verify.caller(header)
    assert refusal.value.status_code == 401


async def test_rs256_and_es256_tokens_of_the_issuer_are_taken(issuer: Issuer) -> None:
    verify = verifier(issuer)
    for header in (signed(RSA_KEY, "RS256", "rsa-1"), signed(EC_KEY, "ES256", "ec-1")):
        caller = await verify.caller(header)
        assert (caller.user_id, caller.scopes) == ("teacher-1", frozenset({"WRITE"}))
    assert issuer.reads == 1


@pytest.mark.parametrize("claims", [{"iss": "https://other.example"}, {"aud": "other"}, {"exp": 1}])
async def test_a_token_for_somebody_else_or_another_time_is_refused(issuer: Issuer, claims: dict[str, Any]) -> None:
    await refused(verifier(issuer), signed(RSA_KEY, "RS256", "rsa-1", **claims))


async def test_a_token_of_another_key_under_a_known_id_is_refused(issuer: Issuer) -> None:
    await refused(verifier(issuer), signed(OTHER_RSA_KEY, "RS256", "rsa-1"))


async def test_the_public_key_used_as_a_shared_secret_is_refused(issuer: Issuer) -> None:
    public = RSA_KEY.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    # Made by hand: the library refuses to sign with a PEM as a shared secret.
    unsigned = jwt.encode(
        CLAIMS | {"exp": int(time.time()) + 600}, "0" * 32, algorithm="HS256", headers={"kid": "rsa-1"}
    )
    content = unsigned.rpartition(".")[0]
    signature = jwt.get_algorithm_by_name("HS256").sign(content.encode(), public)
    await refused(verifier(issuer), b"Bearer " + f"{content}.".encode() + jwt.utils.base64url_encode(signature))


async def test_a_token_that_names_another_algorithm_than_its_keys_is_refused(issuer: Issuer) -> None:
    await refused(verifier(issuer), signed(RSA_KEY, "RS256", "ec-1"))
    await refused(verifier(issuer), signed(RSA_KEY, "RS512", "rsa-1"))


async def test_a_key_the_issuer_has_just_begun_to_use_is_found(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jwks, "_COOLDOWN_SECONDS", 0.0)
    verify = verifier(issuer)
    await verify.caller(signed(RSA_KEY, "RS256", "rsa-1"))
    issuer.keys = [rsa_jwk(OTHER_RSA_KEY, "rsa-2")]
    await verify.caller(signed(OTHER_RSA_KEY, "RS256", "rsa-2"))
    await refused(verify, signed(RSA_KEY, "RS256", "rsa-1", sub="withdrawn"))


async def test_made_up_key_ids_do_not_make_us_ask_the_issuer_each_time(issuer: Issuer) -> None:
    verify = verifier(issuer)
    for number in range(20):
        await refused(verify, signed(RSA_KEY, "RS256", f"made-up-{number}"))
    assert issuer.reads == 1


async def test_known_keys_stay_good_while_the_issuer_is_down(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jwks, "_COOLDOWN_SECONDS", 0.0)
    monkeypatch.setattr(jwks, "FRESH_SECONDS", 0.0)
    verify = verifier(issuer)
    await verify.caller(signed(RSA_KEY, "RS256", "rsa-1"))
    issuer.broken = True
    assert (await verify.caller(signed(RSA_KEY, "RS256", "rsa-1", sub="second"))).user_id == "second"


async def test_while_no_key_could_ever_be_read_the_caller_is_told_to_come_back(issuer: Issuer) -> None:
    issuer.broken = True
    with pytest.raises(Problem) as refusal:
        await verifier(issuer).caller(signed(RSA_KEY, "RS256", "rsa-1"))
    assert refusal.value.status_code == 503


@pytest.mark.parametrize(
    "odd",
    [
        None,
        7,
        "a key",
        [],
        {},
        {"kty": 7},
        {"kty": "RSA", "kid": 7, "n": "AQAB", "e": "AQAB"},
        {"kty": "RSA", "kid": "rsa-1"},
        {"kty": "RSA", "kid": "short", "n": "AQ", "e": "AQ"},
        {"kty": "RSA", "kid": "base64", "n": "?", "e": "AQAB"},
        {"kty": "EC", "kid": "off", "crv": "P-256", "x": "AQ", "y": "AQ"},
        {"kty": "oct", "kid": "oct", "k": "c2VjcmV0"},
        {"kty": "OKP", "kid": "okp", "crv": "Ed25519", "x": "AQ"},
    ],
)
async def test_an_odd_key_in_the_set_leaves_the_others_good(issuer: Issuer, odd: Any) -> None:
    issuer.keys = [odd, *issuer.keys]
    assert (await verifier(issuer).caller(signed(RSA_KEY, "RS256", "rsa-1"))).user_id == "teacher-1"


@pytest.mark.parametrize(
    "document",
    [None, 7, [], {}, {"keys": 7}, {"keys": {}}, {"keys": []}, b"[" * 200_000, b"{", b"\xff", b"9" * 5000],
    ids=lambda document: repr(document)[:12],
)
async def test_a_document_that_is_no_key_set_leaves_the_known_keys_good(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch, document: Any
) -> None:
    monkeypatch.setattr(jwks, "_COOLDOWN_SECONDS", 0.0)
    monkeypatch.setattr(jwks, "FRESH_SECONDS", 0.0)
    verify = verifier(issuer)
    await verify.caller(signed(RSA_KEY, "RS256", "rsa-1"))
    issuer.document = document
    assert (await verify.caller(signed(RSA_KEY, "RS256", "rsa-1", sub="second"))).user_id == "second"
    assert issuer.reads >= 2


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """The issuer's document has to be there within FETCH_SECONDS, and a known key is stale at once."""
    for module in (jwks, key_document):
        monkeypatch.setattr(module, "FETCH_SECONDS", FETCH_SECONDS)
    monkeypatch.setattr(jwks, "STALE_KEY_SECONDS", 0.1)
    monkeypatch.setattr(jwks, "_COOLDOWN_SECONDS", 0.0)
    monkeypatch.setattr(jwks, "FRESH_SECONDS", 0.0)


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("dripping", DRIPS)
async def test_while_the_document_drips_a_known_key_is_good_at_once_and_an_unknown_one_refused_in_time(
    issuer: Issuer, dripping: bytes
) -> None:
    verify = verifier(issuer)
    await verify.caller(signed(RSA_KEY, "RS256", "rsa-1"))
    issuer.dripping = dripping
    unknown = [asyncio.create_task(refused(verify, signed(RSA_KEY, "RS256", f"made-up-{n}"))) for n in range(3)]
    async with asyncio.timeout(AT_ONCE):
        for number in range(3):
            await verify.caller(signed(RSA_KEY, "RS256", "rsa-1", sub=f"teacher-{number}"))
    async with asyncio.timeout(2 * FETCH_SECONDS):
        await asyncio.gather(*unknown)


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("dripping", DRIPS)
async def test_a_document_that_dripped_is_read_once_it_comes_whole(issuer: Issuer, dripping: bytes) -> None:
    issuer.dripping = dripping
    verify = verifier(issuer)
    with pytest.raises(Problem) as refusal:
        await verify.caller(signed(RSA_KEY, "RS256", "rsa-1"))
    assert refusal.value.status_code == 503
    issuer.dripping = None
    async with asyncio.timeout(2 * FETCH_SECONDS):
        await until_taken(verify, signed(RSA_KEY, "RS256", "rsa-1"))


async def until_taken(verify: Verifier, header: bytes) -> None:
    while True:
        with contextlib.suppress(Problem):
            await verify.caller(header)
            return
        await asyncio.sleep(DRIP_SECONDS)


@pytest.mark.usefixtures("soon")
async def test_a_withdrawn_key_is_refused_by_the_first_token_after_a_while(issuer: Issuer) -> None:
    verify = verifier(issuer)
    await verify.caller(signed(RSA_KEY, "RS256", "rsa-1"))
    issuer.keys = [rsa_jwk(OTHER_RSA_KEY, "rsa-2")]
    await refused(verify, signed(RSA_KEY, "RS256", "rsa-1", sub="second"))
