"""The set-up guide's integration test, against what runs on this machine: log in, send an event, find it stored."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import aiohttp

from ingestor_dev.up.servers import DEVELOPMENT_PASSWORD

_WRITER = "writer.test@example.com"
_STORED_WITHIN_SECONDS = 30.0
_POLL_SECONDS = 0.2


class SmokeFailure(RuntimeError):
    """A step did not do what the guide promises; the message says which and what to look at."""


async def smoke(url: str, say: Callable[[str], None]) -> None:
    """Run every step against the API at `url`. Raises SmokeFailure at the first that fails."""
    try:
        async with aiohttp.ClientSession(url, timeout=aiohttp.ClientTimeout(total=15)) as session:
            await _steps(session, say)
    except aiohttp.ClientConnectionError as error:
        raise SmokeFailure(
            f"no API at {url} ({error}); start one with `make up`, or set PORT to where it listens"
        ) from error


async def _steps(session: aiohttp.ClientSession, say: Callable[[str], None]) -> None:
    await _call(session, "GET", "/readyz", 200)
    say("ok  the API is ready")
    credentials = {"email": _WRITER, "password": DEVELOPMENT_PASSWORD}
    login = await _call(session, "POST", "/api/auth/login", 200, json=credentials)
    session.headers["Authorization"] = f"Bearer {login['token']}"
    say(f"ok  {_WRITER} logged in")
    event = _event()
    accepted = await _call(session, "POST", "/api/events", 201, json=event)
    say(f"ok  event {event['event_id']} accepted: mode {accepted['mode']}, receipt {accepted['receipt']}")
    await _stored(session, event)
    say("ok  the event is in the database")
    again = await _call(session, "POST", "/api/events", 201, json=event)
    say(f"ok  the same event sent again changes nothing: mode {again['mode']}")
    refused = await _call(session, "POST", "/api/events", 400, json=event | {"question_id": None})
    say(f"ok  a wrong event is refused: {refused['error']}")


def _event() -> dict[str, Any]:
    return {
        "event_id": f"smoke-{uuid4()}",
        "event_type": "QUESTION_PUBLISHED",
        "timestamp": datetime.now(UTC).isoformat(),
        "session_id": str(uuid4()),
        "quiz_id": "900e8400-e29b-41d4-a716-446655440010",
        "classroom_id": "900e8400-e29b-41d4-a716-446655440020",
        "question_id": "900e8400-e29b-41d4-a716-446655440030",
        "timer_sec": 60,
    }


async def _stored(session: aiohttp.ClientSession, event: dict[str, Any]) -> None:
    """Returns once the event is stored."""
    try:
        async with asyncio.timeout(_STORED_WITHIN_SECONDS):
            while True:
                where = f"/api/events/{event['event_id']}?session_id={event['session_id']}"
                async with session.get(where) as reply:
                    if reply.status == 200:
                        return
                await asyncio.sleep(_POLL_SECONDS)
    except TimeoutError:
        raise SmokeFailure(
            f"the event was accepted, but is not in the database after {_STORED_WITHIN_SECONDS:g} s; "
            "is the consumer running? `ingestor-admin topic` shows its lag"
        ) from None


async def _call(session: aiohttp.ClientSession, method: str, path: str, expected: int, **body: Any) -> dict[str, Any]:
    async with session.request(method, path, **body) as reply:
        text = await reply.text()
        if reply.status != expected:
            raise SmokeFailure(f"{method} {path} answered {reply.status} instead of {expected}: {text}")
        answer: dict[str, Any] = await reply.json()
        return answer
