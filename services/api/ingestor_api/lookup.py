"""GET /api/events/{event_id}: what became of an event."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, Literal
from urllib.parse import unquote_to_bytes
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.convertors import StringConvertor, register_url_convertor

from ingestor_api.connections import acquire
from ingestor_api.dependencies import Queries, ReaderOrWriter, TheRuntime
from ingestor_api.errors import RETRY_AFTER, Problem, field_problem
from ingestor_api.identifiers import Identifier
from ingestor_api.topic_logs import TopicLogs
from ingestor_api.whole_numbers import DIGITS_ALONE
from ingestor_common.store import dead_letters, ledger, retention
from ingestor_common.store.ledger import Source
from ingestor_common.store.pool import Connection

router = APIRouter(prefix="/api/events", tags=["events"])


class _AnyText(StringConvertor):
    """The rest of the path, as it is: the framework's own convertors lose a line feed at its end."""

    regex = "(?s:.+)"


register_url_convertor("any_text", _AnyText())

MAX_OFFSET: Final = 2**63 - 1
MAX_PARTITION: Final = 2**31 - 1


class Stored(BaseModel):
    """The event is in the database; `timestamps` are of all events of this id in the session."""

    state: Literal["stored"] = "stored"
    event_id: str
    session_id: UUID
    timestamps: list[datetime]


class Pending(BaseModel):
    """A record waits at this place in Kafka: the consumer has not come to it yet.

    It is the event's where the place is that of the event's receipt; nobody has read it to tell.
    """

    state: Literal["pending"] = "pending"
    event_id: str
    session_id: UUID
    partition: int
    offset: int


class DeadLettered(BaseModel):
    """The record at this place could not be stored; it is kept in the dead-letter topic.

    `event_id` and `session_id` are the record's own, as asked for; null where they cannot be read from it.
    """

    state: Literal["dead_lettered"] = "dead_lettered"
    event_id: str | None
    session_id: UUID | None
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
    "/{event_id:any_text}",
    summary="What became of an event",
    responses={
        404: {"description": "No such event is stored, and no such record waits in Kafka"},
        503: {"description": "The event is not stored, and Kafka cannot be asked whether its record waits"},
    },
)
async def find_event(
    request: Request,
    event_id: str,
    session_id: Identifier,
    queries: Queries,
    runtime: TheRuntime,
    _: ReaderOrWriter,
    partition: Annotated[int, Field(ge=0, le=MAX_PARTITION), DIGITS_ALONE] | None = None,
    offset: Annotated[int, Field(ge=0, le=MAX_OFFSET), DIGITS_ALONE] | None = None,
) -> Stored | Pending | DeadLettered:
    """With the partition and offset of the receipt it also tells whether the event still waits, or was refused."""
    _require_utf8(request)
    if not event_id.isprintable() or not 1 <= len(event_id) <= 128:
        raise field_problem("event_id", "event_id must be 1-128 printable characters")
    if (partition is None) != (offset is None):
        raise field_problem("partition", "partition and offset belong together; give both, as the receipt has them")
    async with acquire(queries) as connection:
        stored = await _stored(connection, event_id, session_id)
        mark = await retention.current_mark(connection)
    if stored is not None:
        return stored
    if partition is not None and offset is not None:
        logs = await runtime.logs.find(partition, offset)
        place = _Place(runtime.settings.kafka_group, runtime.settings.kafka_topic, partition, offset)
        # After Kafka, and in one snapshot, so that an event cannot slip from pending to stored between two looks.
        async with acquire(queries) as connection, connection.transaction(isolation="repeatable_read", readonly=True):
            stored = await _stored(connection, event_id, session_id)
            found = stored or await _in_kafka(connection, event_id, session_id, place, logs)
        if found is not None:
            return found
    may_wait = partition is None and runtime.settings.kafka_enabled
    waits = "; it may still wait in Kafka: ask with the receipt's partition and offset" if may_wait else ""
    dropped = "" if mark is None else f"; events before {mark:%Y-%m-%d} were dropped by retention"
    raise Problem(404, f"no event {event_id!r} of session {session_id} is stored{waits}{dropped}", reason="not_found")


def _require_utf8(request: Request) -> None:
    """The server reads other bytes in a path as U+FFFD, which is another event's id. Raises Problem 400."""
    try:
        unquote_to_bytes(request.scope["raw_path"]).decode()
    except UnicodeDecodeError:
        raise field_problem("event_id", "event_id must be UTF-8, percent-encoded") from None


async def _stored(connection: Connection, event_id: str, session_id: UUID) -> Stored | None:
    rows = await connection.fetch(_SELECT, session_id, event_id)
    times = [row["timestamp"] for row in rows]
    return Stored(event_id=event_id, session_id=session_id, timestamps=times) if times else None


async def _in_kafka(
    connection: Connection, event_id: str, session_id: UUID, place: _Place, logs: TopicLogs | None
) -> Pending | DeadLettered | None:
    """What became of the record. None where it was read, and another event than this one.

    Raises Problem 404 where there is no such record, 503 where only Kafka could tell.
    """
    source = Source(place.group, place.topic, await _topic_id(connection, place, logs))
    account = (await ledger.load(connection, source)).get(place.partition)
    where = {"event_id": event_id, "session_id": session_id, "partition": place.partition, "offset": place.offset}
    if account is None or place.offset >= account.next_offset:
        _require_record(place, logs)
        return Pending.model_validate(where)
    letter = await dead_letters.find(connection, source, place.partition, place.offset)
    if letter is None or not letter.may_be(session_id, event_id):
        return None
    return DeadLettered.model_validate(
        where
        | {"event_id": letter.event_id, "session_id": letter.session_id}
        | {"reason": letter.reason, "error": letter.error}
    )


async def _topic_id(connection: Connection, place: _Place, logs: TopicLogs | None) -> str:
    """The topic's present incarnation: as Kafka says, or else the latest one that a consumer has opened."""
    if logs is not None and logs.topic_id:
        return logs.topic_id
    incarnations = await ledger.topic_ids(connection, place.group, place.topic)
    return incarnations[-1] if incarnations else ""


def _require_record(place: _Place, logs: TopicLogs | None) -> None:
    named = f"partition {place.partition}, offset {place.offset} of topic {place.topic}"
    if logs is None:
        words = f"not stored yet, and Kafka cannot be asked whether there is a record at {named}; ask again later"
        raise Problem(503, words, reason="unavailable", headers=RETRY_AFTER)
    if not logs.holds(place.partition, place.offset):
        raise Problem(404, f"there is no record at {named}; give both as the receipt has them", reason="not_found")
