"""What the head of a request may not say, whatever its route.

A header that may be there once would be read differently by different readers where it is there twice (RFC 9110, 5.3).
"""

from collections.abc import Iterable
from typing import NamedTuple


class HeadFault(NamedTuple):
    """What is wrong with a head: the status it is refused with, and what is said."""

    status: int
    error: str


_CONNECT = HeadFault(501, "this is no proxy: the method CONNECT is not known here; send the request itself")
_TWO_TOKENS = HeadFault(400, "the request has more than one Authorization header; send one")


def fault_of(method: bytes, headers: Iterable[tuple[bytes, bytes]]) -> HeadFault | None:
    """What is wrong with a request's method and headers, whose names are in lower case; None where nothing is."""
    if method == b"CONNECT":
        # What follows is of another protocol (RFC 9110, 9.3.6), and the parser leaves it out.
        return _CONNECT
    is_authorized = False
    for name, value in headers:
        if name == b"authorization":
            if is_authorized:
                return _TWO_TOKENS
            is_authorized = True
        elif name == b"transfer-encoding" and not _is_chunked(value):
            return _unknown_coding(value)
    return None


def _is_chunked(codings: bytes) -> bool:
    """Whether a Transfer-Encoding names no other coding; the parser has seen to it that chunked is the last one."""
    return all(coding.strip().lower() in (b"", b"chunked") for coding in codings.split(b","))


def _unknown_coding(codings: bytes) -> HeadFault:
    """As RFC 9112, 6.1, has it for a coding that is not understood."""
    said = codings.decode("latin-1")[:32]
    return HeadFault(501, f"the transfer coding {said!r} is not known here; send the body as it is, or in chunks")
