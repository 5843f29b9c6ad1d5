"""Turns an Authorization header into a caller; a token that was verified once is not verified again for a while."""

import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from sys import getsizeof
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
MAX_REMEMBERED_BYTES: Final = 16 * 1024 * 1024
MAX_HEADER_BYTES: Final = 8 * 1024

_BEARER: Final = b"Bearer "
_OVERHEAD: Final = 512
"""What a remembered token takes beside its texts: its caller, its scopes' set, its place."""

_SEND_IT: Final = "and send the header: Authorization: Bearer <token>"
_LOG_IN: Final = f"log in at POST /api/auth/login {_SEND_IT}"
_ASK_ISSUER: Final = f"get one from the token issuer {_SEND_IT}"


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
        self._advice = _ASK_ISSUER if own is None else _LOG_IN
        self._remembered: dict[bytes, tuple[Caller, float]] = {}
        self.remembered_bytes = 0

    def remembered(self, authorization: bytes) -> Caller | None:
        """The caller of a header, in its usual form, whose token `caller` verified a short while ago."""
        return self._known(authorization[len(_BEARER) :]) if authorization.startswith(_BEARER) else None

    def _known(self, token: bytes) -> Caller | None:
        found = self._remembered.get(token)
        if found is None or self._clock() >= found[1] or self._withdrawal.covers(found[0]):
            return None
        return found[0]

    async def caller(self, authorization: bytes | None) -> Caller:
        """The caller. Raises Problem 401, or 503 while an external issuer's keys cannot be read."""
        if authorization is None:
            raise unauthenticated(f"a token is required: {self._advice}")
        try:
            token = _token_of(authorization)
            known = self._known(token)
            if known is not None:
                return known
            caller = await self._verify(token.decode("ascii"))
        except jwt.ExpiredSignatureError:
            raise unauthenticated(f"the token has expired; {self._advice}") from None
        except jwt.PyJWTError as error:
            raise unauthenticated(f"the token is not valid ({error}); {self._advice}") from None
        except KeysUnavailable as error:
            raise unavailable(str(error)) from None
        if self._withdrawal.covers(caller):
            raise unauthenticated(f"the account was disabled or changed after this token was issued; {self._advice}")
        if _is_canonical(token):
            self._remember(token, caller)
        return caller

    def holder(self, authorization: bytes | None) -> str | None:
        """The user whom the header's token was issued to by us, ended or not: see `OwnTokens.holder_of`."""
        scheme, _, token = (authorization or b"").partition(b" ")
        if self._own is None or scheme.lower() != b"bearer" or len(token) > MAX_HEADER_BYTES:
            return None
        return self._own.holder_of(token.strip().decode("latin-1"))

    async def _verify(self, token: str) -> Caller:
        header = jwt.get_unverified_header(token)
        algorithm = header.get("alg")
        if algorithm == tokens.ALGORITHM and self._own is not None:
            return self._own.verify(token)
        if isinstance(algorithm, str) and algorithm in ALGORITHMS and self._external is not None:
            return await self._external.verify(token, header.get("kid"))
        raise jwt.InvalidAlgorithmError("it is not signed by an algorithm that is accepted here")

    def _remember(self, token: bytes, caller: Caller) -> None:
        # Reinserted rather than replaced, so that the oldest stays first.
        self._forget(token)
        self._remembered[token] = (caller, min(caller.expires_at, self._clock() + REMEMBERED_SECONDS))
        self.remembered_bytes += _size_of(token, caller)
        while len(self._remembered) > MAX_REMEMBERED or self.remembered_bytes > MAX_REMEMBERED_BYTES:
            self._forget(next(iter(self._remembered)))

    def _forget(self, token: bytes) -> None:
        found = self._remembered.pop(token, None)
        if found is not None:
            self.remembered_bytes -= _size_of(token, found[0])


def _token_of(authorization: bytes) -> bytes:
    scheme, _, padded = authorization.partition(b" ")
    token = padded.strip()
    if scheme.lower() != b"bearer" or not token:
        raise jwt.InvalidTokenError("the Authorization header is not: Bearer <token>")
    if len(authorization) > MAX_HEADER_BYTES:
        raise jwt.InvalidTokenError(f"it is longer than {MAX_HEADER_BYTES} bytes")
    if not token.isascii():
        raise jwt.InvalidTokenError("it is not ASCII")
    return token


def _is_canonical(token: bytes) -> bool:
    """Whether a verified token is spelt as RFC 7515 has it.

    Its signature covers the other parts as they are spelt, but not itself: what reads base64 passes over characters
    that are none of it, and over bits behind the last byte.
    """
    signature = token.rpartition(b".")[2]
    return urlsafe_b64encode(urlsafe_b64decode(signature + b"=" * (-len(signature) % 4))).rstrip(b"=") == signature


def _size_of(token: bytes, caller: Caller) -> int:
    return getsizeof(token) + getsizeof(caller.user_id) + sum(getsizeof(scope) for scope in caller.scopes) + _OVERHEAD
