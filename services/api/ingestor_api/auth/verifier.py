"""Turns an Authorization header into a caller; a token that was verified once is not verified again for a while."""

import time
from collections.abc import Callable
from typing import Final

import jwt

from ingestor_api.auth import tokens
from ingestor_api.auth.caller import Caller
from ingestor_api.auth.jwks import ALGORITHMS, ExternalTokens, KeysUnavailable
from ingestor_api.auth.tokens import OwnTokens
from ingestor_api.auth.withdrawal import Withdrawal
from ingestor_api.errors import unauthenticated, unavailable

# Also bounds how long a token outlives the withdrawal of its issuer's key.
REMEMBERED_SECONDS: Final = 300.0
MAX_REMEMBERED: Final = 10_000
MAX_HEADER_BYTES: Final = 8 * 1024

_LOG_IN: Final = "log in at POST /api/auth/login and send the header: Authorization: Bearer <token>"


class Verifier:
    """`own` and `external` are None where tokens of that kind are not taken. `clock` gives Unix seconds. `withdrawal`
    knows which of our own are not taken any more."""

    def __init__(
        self,
        own: OwnTokens | None,
        external: ExternalTokens | None,
        clock: Callable[[], float] = time.time,
        withdrawal: Withdrawal | None = None,
    ) -> None:
        self._withdrawal = withdrawal or Withdrawal()
        self._clock = clock
        self._own = own
        self._external = external
        self._remembered: dict[bytes, tuple[Caller, float]] = {}

    def remembered(self, authorization: bytes) -> Caller | None:
        """The caller of a header that `caller` verified a short while ago."""
        found = self._remembered.get(authorization)
        if found is None or self._clock() >= found[1] or self._withdrawal.covers(found[0]):
            return None
        return found[0]

    async def caller(self, authorization: bytes | None) -> Caller:
        """The caller. Raises Problem 401, or 503 while an external issuer's keys cannot be read."""
        if authorization is None:
            raise unauthenticated(f"a token is required: {_LOG_IN}")
        known = self.remembered(authorization)
        if known is not None:
            return known
        try:
            caller = await self._verify(_token_of(authorization))
        except jwt.ExpiredSignatureError:
            raise unauthenticated(f"the token has expired; {_LOG_IN}") from None
        except jwt.PyJWTError as error:
            raise unauthenticated(f"the token is not valid ({error}); {_LOG_IN}") from None
        except KeysUnavailable as error:
            raise unavailable(str(error)) from None
        if self._withdrawal.covers(caller):
            raise unauthenticated(f"the account was disabled or changed after this token was issued; {_LOG_IN}")
        self._remember(authorization, caller)
        return caller

    async def _verify(self, token: str) -> Caller:
        header = jwt.get_unverified_header(token)
        algorithm = header.get("alg")
        if algorithm == tokens.ALGORITHM and self._own is not None:
            return self._own.verify(token)
        if isinstance(algorithm, str) and algorithm in ALGORITHMS and self._external is not None:
            return await self._external.verify(token, header.get("kid"))
        raise jwt.InvalidAlgorithmError("it is not signed by an algorithm that is accepted here")

    def _remember(self, authorization: bytes, caller: Caller) -> None:
        while len(self._remembered) >= MAX_REMEMBERED:
            del self._remembered[next(iter(self._remembered))]
        # Reinserted rather than replaced, so that the oldest stays first.
        self._remembered.pop(authorization, None)
        self._remembered[authorization] = (caller, min(caller.expires_at, self._clock() + REMEMBERED_SECONDS))


def _token_of(authorization: bytes) -> str:
    scheme, _, token = authorization.partition(b" ")
    if scheme.lower() != b"bearer" or not token.strip():
        raise jwt.InvalidTokenError("the Authorization header is not: Bearer <token>")
    if len(authorization) > MAX_HEADER_BYTES:
        raise jwt.InvalidTokenError(f"it is longer than {MAX_HEADER_BYTES} bytes")
    try:
        return token.strip().decode("ascii")
    except UnicodeDecodeError:
        raise jwt.InvalidTokenError("it is not ASCII") from None
