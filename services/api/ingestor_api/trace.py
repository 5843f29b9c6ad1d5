"""A request's id and its W3C trace context, taken from the caller or made here."""

import re
from random import getrandbits
from typing import Final, NamedTuple

REQUEST_ID = b"x-request-id"
TRACEPARENT = b"traceparent"

# What may safely be repeated in a header, a log line and a Kafka header.
_SANE_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._:/+=@-]{1,128}").fullmatch
# https://www.w3.org/TR/trace-context/#traceparent-header, version 00; ids of zeros are invalid.
_TRACEPARENT: Final = re.compile(rb"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}").fullmatch
_NOT_ZERO: Final = 1 << 191 | 1


class Trace(NamedTuple):
    """What ties a request, its log lines and its Kafka record together."""

    request_id: str
    traceparent: str


def trace_of(request_id: bytes | None, traceparent: bytes | None) -> Trace:
    """The caller's ids where they are well-formed, fresh ones where not; a fresh request id is the trace's id."""
    if traceparent is None or not _TRACEPARENT(traceparent):
        # Unique, not secret; the operating system's generator would give the interpreter lock away in every request.
        fresh = f"{getrandbits(192) | _NOT_ZERO:048x}"
        parent = f"00-{fresh[:32]}-{fresh[32:]}-01"
    else:
        parent = traceparent.decode("ascii")
    if request_id is None or not _SANE_REQUEST_ID(request_id):
        return Trace(parent[3:35], parent)
    return Trace(request_id.decode("ascii"), parent)
