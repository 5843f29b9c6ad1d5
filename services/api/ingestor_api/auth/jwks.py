"""Tokens of an external issuer: RS256 or ES256, verified with the keys that it publishes."""

import asyncio
import time
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any, Final

import jwt
import structlog

from ingestor_api.auth.caller import Caller
from ingestor_api.auth.key_document import FETCH_SECONDS, fetch
from ingestor_api.auth.tokens import LEEWAY_SECONDS, caller_of

log = structlog.get_logger(__name__)

# The algorithm follows from the key's type, never from the token: that is what makes confusing them impossible.
_ALGORITHM_OF: Final = {"RSA": "RS256", "EC": "ES256"}
ALGORITHMS: Final = frozenset(_ALGORITHM_OF.values())

# The members of a key that we look at.
_TEXTS: Final = ("kty", "use", "alg", "crv", "kid")

FRESH_SECONDS: Final = 300.0
STALE_KEY_SECONDS: Final = 0.5
"""How long a token by a key that is no longer fresh waits for the keys to be read again: an issuer that is well has
answered by then, and so the token of a key that it has withdrawn is refused."""
_COOLDOWN_SECONDS: Final = 5.0


class KeysUnavailable(Exception):
    """The issuer's keys have never been read."""


@dataclass(frozen=True, slots=True)
class _Key:
    algorithm: str
    key: Any


class Jwks:
    """The issuer's keys, kept for a while. A key id that is not known makes us look again, but not more often than
    the cooldown allows: made-up ids must not turn us against the issuer.

    Nobody waits for the issuer for longer than FETCH_SECONDS, and who has a known key for hardly any time.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._keys: dict[str | None, _Key] = {}
        self._read_at = float("-inf")
        self._tried_at = float("-inf")
        self._reading: asyncio.Task[None] | None = None

    async def key(self, key_id: str | None) -> _Key:
        """The key of this id. Raises jwt.InvalidTokenError if there is none, KeysUnavailable if none could be read."""
        if key_id not in self._keys:
            await self._refresh(FETCH_SECONDS)
        elif time.monotonic() - self._read_at > FRESH_SECONDS:
            await self._refresh(STALE_KEY_SECONDS)
        if not self._keys:
            raise KeysUnavailable("the token issuer's keys cannot be read")
        if key_id not in self._keys:
            raise jwt.InvalidTokenError("the token's key is not one of its issuer's")
        return self._keys[key_id]

    async def _refresh(self, patience: float) -> None:
        """Wait for `patience` seconds at most until the keys have been read anew, unless that was tried just now."""
        if self._reading is None or self._reading.done():
            if time.monotonic() - self._tried_at < _COOLDOWN_SECONDS:
                return
            # One at a time, also where its thread still looks for the host's address after everybody has given up.
            self._reading = asyncio.create_task(self._read())
        await asyncio.wait((self._reading,), timeout=patience)

    async def _read(self) -> None:
        started = time.monotonic()
        try:
            self._keys = _usable(await asyncio.to_thread(fetch, self._url))
            self._read_at = started
        except (OSError, HTTPException, ValueError, RecursionError, jwt.PyJWTError) as error:
            # The keys that are known stay good: an issuer that is down must not lock everybody out.
            log.warning("cannot read the token issuer's keys", url=self._url, error=str(error))
        finally:
            self._tried_at = time.monotonic()


class ExternalTokens:
    """Verifies tokens of the external issuer; `issuer` and `audience` are checked unless they are empty."""

    def __init__(self, jwks: Jwks, issuer: str, audience: str) -> None:
        self._jwks = jwks
        self._issuer = issuer or None
        self._audience = audience or None

    async def verify(self, token: str, key_id: str | None) -> Caller:
        """The caller. Raises jwt.InvalidTokenError or KeysUnavailable."""
        key = await self._jwks.key(key_id)
        claims = jwt.decode(
            token,
            key.key,
            algorithms=[key.algorithm],
            issuer=self._issuer,
            audience=self._audience,
            leeway=LEEWAY_SECONDS,
            options={"require": ["exp", "sub"], "verify_aud": self._audience is not None},
        )
        return caller_of(claims)


def _usable(document: Any) -> dict[str | None, _Key]:
    """The signing keys of a JWK set (RFC 7517), by id; others in it, of types we do not take, are left out."""
    keys: dict[str | None, _Key] = {}
    listed = document.get("keys") if isinstance(document, dict) else None
    for entry in listed if isinstance(listed, list) else []:
        if not isinstance(entry, dict) or not all(isinstance(entry.get(name, ""), str) for name in _TEXTS):
            continue
        algorithm = _ALGORITHM_OF.get(entry.get("kty", ""))
        if algorithm is None or entry.get("use", "sig") != "sig" or entry.get("alg", algorithm) != algorithm:
            continue
        if algorithm == "ES256" and entry.get("crv") != "P-256":
            continue
        try:
            keys[entry.get("kid")] = _Key(algorithm, jwt.PyJWK(entry, algorithm=algorithm).key)
        except (jwt.PyJWTError, ValueError) as error:
            # The others are good all the same.
            log.warning("a key of the token issuer is not readable", key_id=entry.get("kid"), error=str(error))
    if not keys:
        raise ValueError("the document has no RS256 or ES256 key")
    return keys
