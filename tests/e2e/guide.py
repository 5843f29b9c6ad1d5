"""The set-up guide's manual test, over HTTP."""

import json
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

WRITER = "writer.test@example.com"
READER = "reader.test@example.com"
PASSWORD = "test123"
SESSION = "900e8400-e29b-41d4-a716-446655440000"


@dataclass(frozen=True)
class Answer:
    """Status and JSON body."""

    status: int
    body: Any


def call(url: str, path: str, body: object = None, token: str | None = None) -> Answer:
    """POST the body as JSON, or GET without one. Raises AssertionError where there is no answer at all."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url + path, data, headers)  # noqa: S310 - a URL of the test's own
    try:
        with urllib.request.urlopen(request, timeout=20) as reply:  # noqa: S310
            return Answer(reply.status, json.load(reply))
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, json.loads(error.read() or b"null"))
    except OSError as error:
        raise AssertionError(f"{url}{path}: {error}") from error


def token(url: str, email: str = WRITER) -> str:
    """A token of a development user."""
    answer = call(url, "/api/auth/login", {"email": email, "password": PASSWORD})
    assert answer.status == 200, answer
    return str(answer.body["token"])


def event(event_id: str = "test-001", **fields: object) -> dict[str, object]:
    """The guide's event, with the time of now."""
    return {
        "event_id": event_id,
        "event_type": "QUESTION_PUBLISHED",
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "session_id": SESSION,
        "quiz_id": "900e8400-e29b-41d4-a716-446655440010",
        "classroom_id": "900e8400-e29b-41d4-a716-446655440020",
        "question_id": "900e8400-e29b-41d4-a716-446655440030",
        "timer_sec": 60,
    } | fields


def state(url: str, event_id: str, bearer: str, session: str = SESSION) -> str | None:
    """What became of an event: stored, pending or dead_lettered; None where it is not known."""
    answer = call(url, f"/api/events/{event_id}?session_id={session}", token=bearer)
    return str(answer.body["state"]) if answer.status == 200 else None
