"""Tokens this service signs itself: HS256 with the shared secret."""

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

import jwt

from ingestor_api.auth.caller import SCOPES_OF_ROLE, Caller
from ingestor_common.store.users import User

ISSUER: Final = "analytics-ingestor"
LIFETIME_SECONDS: Final = 24 * 3600
ALGORITHM: Final = "HS256"
LEEWAY_SECONDS: Final = 5.0
"""How far clocks may be apart: those of two of our processes, or of us and an external issuer."""

_GENERATION: Final = "gen"
_HELD_SECONDS: Final = 30 * 24 * 3600
"""How long after its end a token still tells that its holder was logged in."""


@dataclass(frozen=True, slots=True)
class IssuedToken:
    token: str
    expires_at: datetime


class OwnTokens:
    """Issues and verifies."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def issue(self, user: User) -> IssuedToken:
        """A token for a user who has proved to be it."""
        now = int(time.time())
        expires = now + LIFETIME_SECONDS
        claims: dict[str, Any] = {
            "sub": user.user_id,
            "user_id": user.user_id,
            "scopes": list(SCOPES_OF_ROLE[user.role]),
            "iss": ISSUER,
            "iat": now,
            "exp": expires,
        }
        if user.token_generation:
            claims[_GENERATION] = user.token_generation
        return IssuedToken(jwt.encode(claims, self._secret, algorithm=ALGORITHM), datetime.fromtimestamp(expires, UTC))

    def verify(self, token: str) -> Caller:
        """The caller. Raises jwt.InvalidTokenError."""
        claims = self._decode(token, LEEWAY_SECONDS)
        generation = claims.get(_GENERATION, 0)
        if not isinstance(generation, int):
            raise jwt.InvalidTokenError(f"{_GENERATION} must be a whole number")
        return replace(caller_of(claims), token_generation=generation)

    def holder_of(self, token: str) -> str | None:
        """The user whom the token was issued to, ended or not; None where it is not ours or long expired.

        Gives no right to anything: who logs in again with it is no stranger to the account.
        """
        try:
            return caller_of(self._decode(token, _HELD_SECONDS)).user_id
        except jwt.PyJWTError:
            return None

    def _decode(self, token: str, leeway: float) -> dict[str, Any]:
        claims: dict[str, Any] = jwt.decode(
            token,
            self._secret,
            algorithms=[ALGORITHM],
            issuer=ISSUER,
            leeway=leeway,
            options={"require": ["exp", "sub"]},
        )
        return claims


def caller_of(claims: dict[str, Any]) -> Caller:
    """The caller that verified claims name. Scopes come as a list, or as words in one string (RFC 8693).

    Raises jwt.InvalidTokenError for claims of other shapes.
    """
    scopes = claims.get("scopes") or claims.get("scope") or ""
    words = scopes.split() if isinstance(scopes, str) else scopes
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise jwt.InvalidTokenError("scopes must be a list of words")
    try:
        expires_at = float(claims["exp"])
    except OverflowError:
        raise jwt.InvalidTokenError("exp is beyond any time") from None
    user = claims.get("user_id", claims["sub"])
    # Other letters than ASCII's may become one of ours in capitals.
    scopes = frozenset(word.upper() for word in words if word.isascii())
    return Caller(str(user), scopes, expires_at)
