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
            description="When it happened: RFC 3339 with an offset; at most 24 h ahead; kept to the microsecond.",
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


class FieldFault(msgspec.Struct, frozen=True):
    """A field that is wrong, and why, in words its sender can act on."""

    field: str
    reason: str


class InvalidEvent(ValueError):
    """Bytes that are no event. `faults` names every field at fault; it is empty where no JSON object was found."""

    def __init__(self, message: str, faults: tuple[FieldFault, ...] = ()) -> None:
        super().__init__(message)
        self.faults = faults


REQUIRED_BY_TYPE: Final[dict[str, tuple[str, ...]]] = {
    "SESSION_STARTED": (),
    "QUESTION_PUBLISHED": ("question_id",),
    "ANSWER_SUBMITTED": ("question_id", "student_id", "answer"),
    "SESSION_ENDED": (),
}

_decoder = msgspec.json.Decoder(Event)
_object_decoder = msgspec.json.Decoder(dict[str, msgspec.Raw])
_encoder = msgspec.json.Encoder()
_FIELDS = {field.name: field for field in msgspec.structs.fields(Event)}


def encode(event: Event) -> bytes:
    """The event as the JSON of its Kafka record: fields without a value are left out."""
    return _encoder.encode(event)


def parse(data: bytes, now: datetime) -> Event:
    """Read one event.

    `now` (aware) bounds the event's time: more than 24 h later is refused.
    Raises InvalidEvent for anything that is not a complete event.
    """
    try:
        event = _decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _explain(data, error) from None
    faults = _content_faults(event, now)
    if faults:
        raise _invalid(faults)
    return _normalised(event)


def _normalised(event: Event) -> Event:
    changes: dict[str, object] = {}
    if event.timestamp.tzinfo is not UTC:
        changes["timestamp"] = event.timestamp.astimezone(UTC)
    if event.timer_sec is None and event.event_type == "QUESTION_PUBLISHED":
        changes["timer_sec"] = DEFAULT_TIMER_SECONDS
    return msgspec.structs.replace(event, **changes) if changes else event


def _content_faults(event: Event, now: datetime) -> list[FieldFault]:
    faults = [
        FieldFault(name, f"{name} is required for {event.event_type}")
        for name in REQUIRED_BY_TYPE[event.event_type]
        if getattr(event, name) is None
    ]
    if not event.event_id.isprintable():
        faults.append(FieldFault("event_id", "event_id must be printable characters only"))
    if event.correct_answer is not None and event.event_type != "QUESTION_PUBLISHED":
        faults.append(FieldFault("correct_answer", "correct_answer belongs to QUESTION_PUBLISHED only; leave it out"))
    # Postgres text cannot hold U+0000.
    faults += [
        FieldFault(name, f"{name} must not contain the character U+0000")
        for name in ("answer", "correct_answer")
        if "\x00" in (getattr(event, name) or "")
    ]
    reason = _time_fault(event.timestamp, now)
    if reason is not None:
        faults.append(FieldFault("timestamp", reason))
    return faults


def _time_fault(timestamp: datetime, now: datetime) -> str | None:
    try:
        utc = timestamp.astimezone(UTC)
    except OverflowError:
        return "timestamp is outside the years 1 to 9999 in UTC"
    # Postgres, as its client writes it, takes this one moment for -infinity, and nothing can be reckoned with that.
    if utc == _ZERO_TIME:
        return (
            "timestamp is 0001-01-01T00:00:00Z, which programs send for a time that was never set; send the event's own"
        )
    if utc > now + FUTURE_TOLERANCE:
        return "timestamp is more than 24 hours in the future; check the sender's clock"
    return None


def _invalid(faults: list[FieldFault]) -> InvalidEvent:
    return InvalidEvent("invalid event: " + "; ".join(fault.reason for fault in faults), tuple(faults))


def _explain(data: bytes, error: Exception) -> InvalidEvent:
    """The slow way, only for refused events: look at each field on its own, so that the sender sees all faults."""
    try:
        fields = _object_decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as structural:
        return InvalidEvent(f"the body is not a JSON object in UTF-8: {_plain(structural)}")
    faults = [fault for name, field in _FIELDS.items() if (fault := _field_fault(name, field, fields.get(name)))]
    # A fault that no single field shows (deeper than the decoder goes, say) keeps the decoder's words.
    return _invalid(faults) if faults else InvalidEvent(f"invalid event: {_plain(error)}")


def _field_fault(name: str, field: msgspec.structs.FieldInfo, raw: msgspec.Raw | None) -> FieldFault | None:
    if raw is None:
        return FieldFault(name, f"{name} is required") if field.required else None
    try:
        msgspec.json.decode(raw, type=field.type)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        return FieldFault(name, f"{name}: {_FIELD_HINTS.get(name, '')}{_plain(error)}")
    return None


_FIELD_HINTS: Final[dict[str, str]] = {
    "timestamp": "must be RFC 3339 with an offset, such as 2026-09-01T08:30:00Z: ",
    "event_type": f"must be one of {', '.join(EVENT_TYPES)}: ",
}


def _plain(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "nested too deeply"
    if isinstance(error, UnicodeDecodeError):
        return "not valid UTF-8"
    text = str(error)
    # "Expected ..." begins a sentence of the library's, "JSON is malformed" does not become "jSON".
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]
