"""The one body every error has, and the exception that leads to it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec
from starlette.exceptions import HTTPException

from ingestor_common.faults import MAX_FAULTS, FieldFault, InvalidEvent

RETRY_AFTER: Final[Mapping[str, str]] = {"Retry-After": "1"}

MAX_FIELD: Final = 200
"""Characters of a field's name, which its sender has chosen."""
MAX_WORDS: Final = 4000
"""Characters of what is said."""

INTERNAL: Final = "something went wrong here; whoever runs this service finds it in the log by the request_id"


class ErrorBody(msgspec.Struct, frozen=True, omit_defaults=True):
    """`error` says what is wrong and what to do; `details` names the fields at fault."""

    error: str
    request_id: str
    details: tuple[FieldFault, ...] = ()


class Problem(HTTPException):
    """A request that ends in an error response.

    `reason` is the label under which events answered so are counted, `events` how many they are.
    """

    def __init__(
        self,
        status: int,
        error: str,
        *,
        reason: str,
        details: tuple[FieldFault, ...] = (),
        headers: Mapping[str, str] | None = None,
        events: int = 1,
    ) -> None:
        super().__init__(status, error, headers=headers)
        self.reason = reason
        self.details = details
        self.events = events


def body_of(error: str, request_id: str, details: tuple[FieldFault, ...] = ()) -> bytes:
    """The error response's JSON, within bounds whatever it is about."""
    named = tuple(
        FieldFault(shown(fault.field, MAX_FIELD), shown(fault.reason, MAX_WORDS)) for fault in details[:MAX_FAULTS]
    )
    return msgspec.json.encode(ErrorBody(shown(error, MAX_WORDS), request_id, named))


def sentence_of(faults: Sequence[FieldFault]) -> str:
    """All that is wrong, in a sentence."""
    words = "; ".join(f"{shown(fault.field, MAX_FIELD)}: {fault.reason}" for fault in faults[:MAX_FAULTS])
    return words if len(faults) <= MAX_FAULTS else f"{words}; and {len(faults) - MAX_FAULTS} more"


def shown(text: str, limit: int = MAX_WORDS) -> str:
    """The text as an answer can have it: no longer than that, with halves of surrogate pairs spelled out."""
    text = text if len(text) <= limit else f"{text[:limit]}..."
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


def field_problem(field: str, reason: str) -> Problem:
    """400 for one field."""
    return Problem(400, reason, reason="invalid", details=(FieldFault(field, reason),))


def encoded(coding: bytes) -> Problem:
    """400 for a body with a Content-Encoding other than identity, which says that there is none."""
    return field_problem(
        "Content-Encoding", f"the body is encoded as {coding.decode('latin-1')[:32]!r}; send it as plain JSON in UTF-8"
    )


def is_plain(coding: bytes) -> bool:
    """Whether a Content-Encoding says that there is none: a list, in any case, of nothing but identity."""
    return not coding or all(each.strip().lower() in (b"", b"identity") for each in coding.split(b","))


def invalid(error: InvalidEvent) -> Problem:
    """400 for bytes that are no event."""
    return Problem(400, str(error), reason="invalid", details=error.faults or (FieldFault("body", str(error)),))


def refused(reason: str) -> Problem:
    """400 for an event that the database does not take for what is in it."""
    return Problem(400, f"the database refuses this event: {reason}", reason="refused")


def too_large(limit: int) -> Problem:
    """413 for a body beyond `limit` bytes."""
    message = f"the body is larger than {limit} bytes; send less at a time"
    return Problem(413, message, reason="too_large", details=(FieldFault("body", message),))


def too_many_values(limit: int) -> Problem:
    """413 for JSON of more than `limit` values."""
    message = f"the body has more than {limit} values; send less at a time"
    return Problem(413, message, reason="too_large", details=(FieldFault("body", message),))


def unauthenticated(error: str) -> Problem:
    """401 for a missing or bad token."""
    return Problem(401, error, reason="unauthenticated", headers={"WWW-Authenticate": "Bearer"})


def forbidden(scope: str) -> Problem:
    """403 for a good token without the scope."""
    return Problem(403, f"this needs a token with scope {scope}; use one of a user who has it", reason="forbidden")


def unknown_method(known: Iterable[str]) -> Problem:
    """405 for a method that the route does not take, where it takes the `known` ones."""
    error = "this route does not take this method; the Allow header names those it does"
    return Problem(405, error, reason="method", headers={"Allow": ", ".join(sorted(known))})


def throttled(error: str, retry_after_seconds: int = 1) -> Problem:
    """429: the same request may be sent again after Retry-After."""
    return Problem(429, error, reason="throttled", headers={"Retry-After": str(retry_after_seconds)})


def unavailable(error: str, events: int = 1) -> Problem:
    """503: nothing was made durable; the same request may be sent again after Retry-After."""
    return Problem(503, f"{error}; try again later", reason="unavailable", headers=RETRY_AFTER, events=events)


def busy(error: str, retry_after_seconds: int) -> Problem:
    """503 for what others have taken all the room; there will be some after `retry_after_seconds`."""
    words = f"{error}; try again after {retry_after_seconds} s"
    return Problem(503, words, reason="unavailable", headers={"Retry-After": str(retry_after_seconds)})
