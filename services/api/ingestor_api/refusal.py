"""What a connection itself answers, where no request comes of what was sent."""

from collections.abc import Iterable, Mapping
from typing import Final

from ingestor_api.errors import body_of
from ingestor_api.trace import REQUEST_ID, TRACEPARENT, trace_of

Fields = Iterable[tuple[bytes, bytes]]

_PHRASES: Final = {
    400: b"Bad Request",
    408: b"Request Timeout",
    414: b"URI Too Long",
    429: b"Too Many Requests",
    431: b"Request Header Fields Too Large",
    501: b"Not Implemented",
}


def refusal(status: int, error: str, asked: Fields, fields: Fields) -> bytes:
    """The response that closes the connection; `asked`: the request's headers, `fields`: the response's beside its own.

    It has the headers of every other answer: a client need not tell the two apart.
    """
    sent = dict(asked)
    request_id = trace_of(sent.get(REQUEST_ID), sent.get(TRACEPARENT)).request_id
    body = body_of(error, request_id)
    all_fields = [
        *fields,
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(body)),
        (REQUEST_ID, request_id.encode()),
        (b"connection", b"close"),
    ]
    lines = b"".join(b"%s: %s\r\n" % field for field in all_fields)
    return b"HTTP/1.1 %d %s\r\n%s\r\n%s" % (status, _PHRASES[status], lines, body)


def fields_of(headers: Mapping[str, str] | None) -> tuple[tuple[bytes, bytes], ...]:
    """A Problem's headers, as they are sent."""
    return tuple((name.lower().encode(), value.encode()) for name, value in (headers or {}).items())
