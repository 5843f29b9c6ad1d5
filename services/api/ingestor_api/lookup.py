"""GET /api/events/{event_id}: what became of an event."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel

from ingestor_api.connections import acquire
from ingestor_api.dependencies import Queries, ReaderOrWriter, TheRuntime
from ingestor_api.errors import Problem, field_problem
from ingestor_api.identifiers import Identifier
from ingestor_common.store import dead_letters, ledger, retention
from ingestor_common.store.ledger import Source
from ingestor_common.store.pool import Connection

router = APIRouter(prefix="/api/events", tags=["events"])

MAX_OFFSET: Final = 2**63 - 1
MAX_PARTITION: Final = 2**31 - 1


class Stored(BaseModel):
    """The event is in the database; `timestamps` are of all events of this id in the session."""

    state: Literal["stored"] = "stored"
    event_id: str
    session_id: UUID
    timestamps: list[datetime]


class Pending(BaseModel):
    """The record is in Kafka and the consumer has not come to it yet."""

    state: Literal["pending"] = "pending"
    event_id: str
    session_id: UUID
    partition: int
    offset: int


class DeadLettered(BaseModel):
    """The record could not be stored; it is kept in the dead-letter topic."""

    state: Literal["dead_lettered"] = "dead_lettered"
    event_id: str
    session_id: UUID
    partition: int
    offset: int
    reason: str
    error: str


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the receipt says that the record is."""

    group: str
    topic: str
    partition: int
    offset: int


_SELECT: Final = (
    'SELECT "timestamp" FROM events WHERE (session_id, event_id) = ($1, $2) ORDER BY "timestamp" LIMIT 1000'
)


@router.get(
    "/{event_id:path}",
    summary="What became of an event",
    responses={404: {"description": "No such event is stored"}},
)
async def find_event(
    event_id: str,
    session_id: Identifier,
    queries: Queries,
    runtime: TheRuntime,
    _: ReaderOrWriter,
    partition: Annotated[int | None, Query(ge=0, le=MAX_PARTITION)] = None,
    offset: Annotated[int | None, Query(ge=0, le=MAX_OFFSET)] = None,
) -> Stored | Pending | DeadLettered:
    """With the partition and offset of the receipt it also tells whether the event still waits, or was refused."""
    if not event_id.isprintable() or not 1 <= len(event_id) <= 128:
        raise field_problem("event_id", "event_id must be 1-128 printable characters")
    if (partition is None) != (offset is None):
        raise field_problem("partition", "partition and offset belong together; give both, as the receipt has them")
    # One snapshot, so that an event cannot slip from pending to stored between two looks.
    async with acquire(queries) as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        rows = await connection.fetch(_SELECT, session_id, event_id)
        if rows:
            times = [row["timestamp"] for row in rows]
            return Stored(event_id=event_id, session_id=session_id, timestamps=times)
        if partition is not None and offset is not None:
            place = _Place(runtime.settings.kafka_group, runtime.settings.kafka_topic, partition, offset)
            found = await _in_kafka(connection, event_id, session_id, place)
            if found is not None:
                return found
        mark = await retention.current_mark(connection)
    waits = "" if partition is not None else "; it may still wait in Kafka: ask with the receipt's partition and offset"
    dropped = "" if mark is None else f"; events before {mark:%Y-%m-%d} were dropped by retention"
    raise Problem(404, f"no event {event_id!r} of session {session_id} is stored{waits}{dropped}", reason="not_found")


async def _in_kafka(
    connection: Connection, event_id: str, session_id: UUID, place: _Place
) -> Pending | DeadLettered | None:
    incarnations = await ledger.topic_ids(connection, place.group, place.topic)
    source = Source(place.group, place.topic, incarnations[-1] if incarnations else "")
    account = (await ledger.load(connection, source)).get(place.partition)
    where = {"event_id": event_id, "session_id": session_id, "partition": place.partition, "offset": place.offset}
    if account is None or place.offset >= account.next_offset:
        return Pending.model_validate(where)
    letter = await dead_letters.find(connection, source, place.partition, place.offset)
    if letter is None:
        return None
    return DeadLettered.model_validate(where | {"reason": letter.reason, "error": letter.error})
