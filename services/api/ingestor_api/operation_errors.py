"""What the OpenAPI document says of errors: when each operation answers with one, and an example of it.

The examples are made by what makes the answers, so that they are what the operation says.
"""

import json
from collections.abc import Iterator
from typing import Any, Final

from ingestor_api import errors
from ingestor_api.batch import Batch
from ingestor_api.bounds import REQUEST_BYTES_AT_ONCE
from ingestor_api.context import JSON_BYTES_AT_ONCE, MAX_BODY_BYTES, MAX_OPEN_BODY_BYTES
from ingestor_api.errors import Problem
from ingestor_api.examples import ERROR, Example
from ingestor_api.single import Single
from ingestor_common.faults import FieldFault
from ingestor_common.ids import parse_id

Operation = dict[str, Any]

_REQUEST_ID: Final = ERROR["request_id"]
_ID: Final = "900e8400-e29b-41d4-a716-446655440010"
_NO_DATABASE: Final = "the database is not available (connection refused)"
_MOST_AT_ONCE: Final = {Single.route: 2048, Batch.route: 32}
_ANONYMOUS: Final = (
    "a token is required: log in at POST /api/auth/login and send the header: Authorization: Bearer <token>"
)
_NOT_READY: Final[Example] = {
    "error": "no durable path works: kafka: down: the circuit breaker is open; direct: down: connection refused",
    "request_id": _REQUEST_ID,
    "paths": {"kafka": "down: the circuit breaker is open", "direct": "down: connection refused"},
}
_MAX_BYTES: Final = {Single.route: Single.max_bytes, Batch.route: Batch.max_bytes}
_AGAIN: Final = "send it again after Retry-After"


def errors_of(path: str, method: str, operation: Operation) -> Iterator[tuple[str, str, Example | None]]:
    """Status, description and example of each error that the operation may answer with.

    What it describes itself keeps its description.
    """
    found = dict(_general(path, method, operation))
    for status, problem in _particular(path):
        described = operation["responses"].get(status) or (
            {"description": found[status][0]} if status in found else None
        )
        if described is not None:
            found[status] = (described["description"], _said(problem))
    if path == "/readyz":
        found["503"] = ("No durable path works, or this process is about to stop", _NOT_READY)
    for status, (description, example) in sorted(found.items()):
        yield status, description, example


_Error = tuple[str, tuple[str, Example | None]]


def _general(path: str, method: str, operation: Operation) -> Iterator[_Error]:
    bad = _bad_input(path, operation)
    if bad is not None:
        yield "400", ("Bad input; details names the fields at fault", bad)
    if "security" in operation:
        yield "401", ("No token, or one that is not valid", _said(errors.unauthenticated(_ANONYMOUS)))
        yield "403", ("The token lacks the scope", _said(errors.forbidden(_scope(path, method))))
    if "requestBody" in operation:
        limit = _MAX_BYTES.get(path, MAX_BODY_BYTES if "security" in operation else MAX_OPEN_BODY_BYTES)
        yield "413", ("The body is too large", _said(errors.too_large(limit)))
    yield "429", (f"Too much at once; {_AGAIN}", _said(errors.throttled(f"{_busy(path, operation)}; {_AGAIN}")))
    if path in _MAX_BYTES:
        yield "503", (f"No durable path works; {_AGAIN}", _said(errors.unavailable(_nothing_durable(path))))
    elif path.endswith("/query/model"):
        yield "503", ("The keys of the tokens' issuer cannot be fetched; ask again after Retry-After", None)
    elif "health" not in operation["tags"]:
        yield "503", (f"The database is not available; {_AGAIN}", _said(errors.unavailable(_NO_DATABASE)))


def _particular(path: str) -> Iterator[tuple[str, Problem]]:
    """Errors that an operation words in its own way."""
    if path == "/api/auth/login":
        yield "401", errors.unauthenticated("wrong email or password")
        yield "403", Problem(403, "tokens come from another issuer here; get one there", reason="forbidden")
        yield "429", errors.throttled("too many wrong passwords for this account from this address; wait 12 s", 12)
    if path == "/api/auth/signup":
        words = "sign-up is closed here; ask whoever runs this service for an account"
        yield "403", Problem(403, words, reason="forbidden")
        yield "409", Problem(409, "an account with this email exists; log in", reason="conflict")
        yield "429", errors.throttled("too many sign-ups from this address; wait 3 s", 3)
    if path == "/api/events/{event_id}":
        yield "404", Problem(404, f"no event 'test-001' of session {_ID} is stored", reason="not_found")
        where = "partition 1, offset 42 of topic quiz-events"
        words = f"not stored yet, and Kafka cannot be asked whether there is a record at {where}; ask again later"
        yield "503", Problem(503, words, reason="unavailable")
    if path.startswith("/api/catalog/") and path.endswith("_id}"):
        kind = path.rpartition("{")[2].removesuffix("_id}")
        yield "404", Problem(404, f"no {kind} {_ID} in the catalog", reason="not_found")
    if path.startswith("/api/reports/"):
        advice = "ask for a shorter range or a smaller page"
        if path.endswith("/query"):
            advice = "ask for a shorter time_range, or filter by classroom_id, quiz_id or session_id"
        yield "504", Problem(504, f"this took longer than 10 s; {advice}, or try again later", reason="timeout")


def _busy(path: str, operation: Operation) -> str:
    if path in _MOST_AT_ONCE:
        return f"{_MOST_AT_ONCE[path]} requests are being worked on"
    held = JSON_BYTES_AT_ONCE if "requestBody" in operation else REQUEST_BYTES_AT_ONCE
    return f"requests of {held} bytes are being worked on"


def _nothing_durable(path: str) -> str:
    if path == Batch.route:
        return f"none of 2 events is stored (not stored: {_NO_DATABASE}; send it again)"
    return _NO_DATABASE


def _scope(path: str, method: str) -> str:
    if path.startswith("/api/reports/"):
        return "READ"
    return "READ or WRITE" if method == "get" else "WRITE"


def _bad_input(path: str, operation: Operation) -> Example | None:
    """None where there is nothing to get wrong."""
    if path == Single.route:
        return ERROR
    if path.endswith("/reports/query"):
        return _said(errors.field_problem("time_range", "time_range.start must be before time_range.end"))
    given = [one for one in operation.get("parameters", ()) if one["required"]]
    queried = [one["name"] for one in given if one["in"] == "query"]
    if queried and path.startswith("/api/reports/"):
        return _said(errors.field_problem(queried[0], f"{queried[0]} is required"))
    if queried:
        return _of_field(queried[0], "is missing")
    if given:
        return _of_field(given[0]["name"], _no_identifier())
    return _said(errors.encoded(b"gzip")) if "requestBody" in operation else None


def _no_identifier() -> str:
    try:
        return str(parse_id("7"))
    except ValueError as error:
        return str(error)


def _of_field(field: str, reason: str) -> Example:
    fault = FieldFault(field, reason)
    return _said(Problem(400, errors.sentence_of([fault]), reason="invalid", details=(fault,)))


def _said(problem: Problem) -> Example:
    body: Example = json.loads(errors.body_of(problem.detail, _REQUEST_ID, problem.details))
    return body
