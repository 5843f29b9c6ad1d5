"""The quiz event: its fields, how it is read from JSON and written as JSON.

One definition serves the HTTP API, the Kafka record, the OpenAPI and AsyncAPI documents. What an event needs is in
`docs/reports.md` and the HTTP contract; `parse` is the only way in, so that the API and the consumer can never
disagree about what is an event.
"""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, Literal, NamedTuple, get_args
from uuid import UUID

import msgspec
from msgspec import Meta

from ingestor_common import times
from ingestor_common.event_fields import read_fields, readers_of
from ingestor_common.faults import MAX_FAULTS, invalid_event
from ingestor_common.faults import FieldFault as FieldFault
from ingestor_common.faults import InvalidEvent as InvalidEvent
from ingestor_common.json_text import ERRORS, require_text

EventType = Literal["SESSION_STARTED", "QUESTION_PUBLISHED", "ANSWER_SUBMITTED", "SESSION_ENDED"]
EVENT_TYPES: Final[tuple[str, ...]] = get_args(EventType)

DEFAULT_TIMER_SECONDS: Final = 60
FUTURE_TOLERANCE: Final = timedelta(hours=24)
_ZERO_TIME: Final = datetime.min.replace(tzinfo=UTC)


class Event(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """A quiz event as `parse` gives it: complete for its type, its time in UTC to the microsecond."""

    event_id: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=128,
            description="The sender's own id, 1-128 printable characters; need not be a UUID. "
            "Sending the same event_id, session_id and timestamp again changes nothing.",
            examples=["test-001"],
        ),
    ]
    event_type: Annotated[EventType, Meta(description="What happened.")]
    timestamp: Annotated[
        datetime,
        Meta(
            tz=True,
            description="When it happened: RFC 3339 with an offset; at most 24 h ahead; kept to the microsecond. "
            "A leap second is the first of the next day.",
            examples=["2026-09-01T08:30:00.000Z"],
        ),
    ]
    session_id: Annotated[UUID, Meta(description="The session; also the key of the Kafka record.")]
    quiz_id: Annotated[UUID, Meta(description="The quiz played in the session.")]
    classroom_id: Annotated[UUID, Meta(description="The classroom the session is held in.")]
    question_id: Annotated[UUID | None, Meta(description="Required for QUESTION_PUBLISHED and ANSWER_SUBMITTED.")] = (
        None
    )
    teacher_id: Annotated[UUID | None, Meta(description="The teacher who runs the session.")] = None
    student_id: Annotated[UUID | None, Meta(description="Required for ANSWER_SUBMITTED.")] = None
    timer_sec: Annotated[
        Annotated[int, Meta(ge=1, le=86_400)] | None,
        Meta(description="Seconds to answer; QUESTION_PUBLISHED defaults to 60."),
    ] = None
    answer: Annotated[
        Annotated[str, Meta(max_length=1024)] | None,
        Meta(description="Required for ANSWER_SUBMITTED; empty means skipped."),
    ] = None
    response_time_ms: Annotated[
        Annotated[int, Meta(ge=0, le=86_400_000)] | None,
        Meta(description="Milliseconds the student took, where the app measured them."),
    ] = None
    correct_answer: Annotated[
        Annotated[str, Meta(min_length=1, max_length=1024)] | None,
        Meta(description="The answer key; only with QUESTION_PUBLISHED."),
    ] = None

    @property
    def identity(self) -> "Identity":
        return Identity(str(self.session_id), self.event_id, self.timestamp)


class Identity(NamedTuple):
    """What makes an event the same event, however often and by whichever path it arrives."""

    session_id: str
    event_id: str
    timestamp: datetime


REQUIRED_BY_TYPE: Final[dict[str, tuple[str, ...]]] = {
    "SESSION_STARTED": (),
    "QUESTION_PUBLISHED": ("question_id",),
    "ANSWER_SUBMITTED": ("question_id", "student_id", "answer"),
    "SESSION_ENDED": (),
}

_decoder = msgspec.json.Decoder(Event)
_encoder = msgspec.json.Encoder()
_READERS: Final = readers_of(Event)


def encode(event: Event) -> bytes:
    """The event as the JSON of its Kafka record: fields without a value are left out."""
    return _encoder.encode(event)


def parse(data: bytes, now: datetime, most_faults: int = MAX_FAULTS) -> Event:
    """Read one event.

    `now` (aware) bounds the event's time: more than 24 h later is refused.
    Raises InvalidEvent for anything that is not a complete event. It names the first `most_faults` faults, at least
    one: no others are looked for.
    """
    try:
        event = _decoder.decode(data)
        require_text(data)
    except ERRORS:
        event = Event(**read_fields(data, _READERS, most_faults))
    faults = _content_faults(event, now)
    if faults:
        raise invalid_event(faults[:most_faults], event.event_id)
    return _normalised(event)


def _normalised(event: Event) -> Event:
    changes: dict[str, object] = {}
    if event.timestamp.tzinfo is not UTC:
        changes["timestamp"] = event.timestamp.astimezone(UTC)
    if event.timer_sec is None and event.event_type == "QUESTION_PUBLISHED":
        changes["timer_sec"] = DEFAULT_TIMER_SECONDS
    return msgspec.structs.replace(event, **changes) if changes else event


def _content_faults(event: Event, now: datetime) -> list[FieldFault]:
    # Of every event: spelled out rather than short.
    faults = []
    for name in REQUIRED_BY_TYPE[event.event_type]:
        if getattr(event, name) is None:
            faults.append(FieldFault(name, f"{name} is required for {event.event_type}"))
    if not event.event_id.isprintable():
        faults.append(FieldFault("event_id", "event_id must be printable characters only"))
    if event.correct_answer is not None and event.event_type != "QUESTION_PUBLISHED":
        faults.append(FieldFault("correct_answer", "correct_answer belongs to QUESTION_PUBLISHED only; leave it out"))
    for name, text in (("answer", event.answer), ("correct_answer", event.correct_answer)):
        # Postgres text cannot hold U+0000.
        if text is not None and "\x00" in text:
            faults.append(FieldFault(name, f"{name} must not contain the character U+0000"))
    reason = _time_fault(event.timestamp, now)
    if reason is not None:
        faults.append(FieldFault("timestamp", reason))
    return faults


def _time_fault(timestamp: datetime, now: datetime) -> str | None:
    try:
        utc = timestamp if timestamp.tzinfo is UTC else timestamp.astimezone(UTC)
    except OverflowError:
        return f"timestamp {times.OUTSIDE} in UTC"
    # Postgres, as its client writes it, takes this one moment for -infinity, and nothing can be reckoned with that.
    if utc == _ZERO_TIME:
        return (
            "timestamp is 0001-01-01T00:00:00Z, which programs send for a time that was never set; send the event's own"
        )
    if utc > now + FUTURE_TOLERANCE:
        return "timestamp is more than 24 hours in the future; check the sender's clock"
    return None
