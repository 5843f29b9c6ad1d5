"""The event routes over a durable path that only remembers: for tests of what is before and after durability."""

import asyncio
from typing import cast
from uuid import uuid4

from services import SECRET, token
from starlette.types import Receive, Scope, Send

from ingestor_api.admission import Admission, HeldBytes
from ingestor_api.auth.tokens import OwnTokens
from ingestor_api.auth.verifier import Verifier
from ingestor_api.batch import Batch
from ingestor_api.direct import DirectWriter
from ingestor_api.front import EventRoute, Front
from ingestor_api.ingest import Ingest
from ingestor_api.receipts import DirectReceipt, Refused, Unavailable
from ingestor_api.rollout import Rollout
from ingestor_api.single import Single
from ingestor_common.events import Event

WRITER = {"Authorization": f"Bearer {token('WRITE')}"}
READER = {"Authorization": f"Bearer {token('READ')}"}


class Keeper:
    """Keeps events; those in `answers` get that answer instead."""

    def __init__(self) -> None:
        self.kept: list[Event] = []
        self.answers: dict[str, Refused | Unavailable] = {}

    def write(self, event: Event) -> "asyncio.Future[DirectReceipt]":
        future: asyncio.Future[DirectReceipt] = asyncio.get_running_loop().create_future()
        answer = self.answers.get(event.event_id)
        if answer is not None:
            future.set_exception(answer)
        else:
            self.kept.append(event)
            future.set_result(DirectReceipt(stored=True, duplicate=False))
        return future


async def _elsewhere(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 299, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def front_over(keeper: Keeper, at_once: int = 10, bodies: int = 10**9) -> Front:
    """The front with its two routes, everything else answered 299; `bodies`: bytes of bodies held at once."""
    ingest = Ingest(None, cast(DirectWriter, keeper), Rollout(100, frozenset()), "direct")
    return front_of(ingest, at_once, bodies)


def front_of(ingest: Ingest, at_once: int = 10, bodies: int = 10**9) -> Front:
    """The same over any durable path."""
    held = HeldBytes(bodies)
    routes: list[EventRoute] = [Single(ingest, Admission(at_once)), Batch(ingest, Admission(at_once), held)]
    return Front(_elsewhere, Verifier(OwnTokens(SECRET), None), routes, held)


def answer_event(event_id: str | None = None) -> dict[str, object]:
    """A good answer's JSON."""
    identifier = str(uuid4())
    return {
        "event_id": event_id or f"test-{identifier[:8]}",
        "event_type": "ANSWER_SUBMITTED",
        "timestamp": "2026-09-01T08:30:00Z",
        "session_id": identifier,
        "quiz_id": identifier,
        "classroom_id": identifier,
        "question_id": identifier,
        "student_id": identifier,
        "answer": "B",
    }
