"""Passwords, by argon2id with the library's recommended costs."""

from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST: Final = 6
LONGEST: Final = 1024
"""In characters: what sign-up, login and the commands take."""

_hasher: Final = PasswordHasher()


def hash_password(password: str) -> str:
    """The hash to store. Takes tens of milliseconds of processor time: not for the event loop."""
    return _hasher.hash(password)


def verify_password(password_hash: str, password: str) -> bool:
    """Whether the password is the hash's. As slow as hashing."""
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
