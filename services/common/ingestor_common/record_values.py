"""What a record of the topic is: an event, or why it is none. Whoever reads the topic judges by this alone.

Were there two judgements, one reader would store what another has dead-lettered, and the books would not say so.
"""

from math import inf
from typing import Final, Literal, NamedTuple

from ingestor_common.events import Event, InvalidEvent, parse
from ingestor_common.records import moment_of

NoEventReason = Literal["empty", "not_json", "invalid_event"]

EMPTY: Final = "empty"
NOT_JSON: Final = "not_json"
INVALID_EVENT: Final = "invalid_event"

LARGEST_EVENT: Final = 1024 * 1024
"""Bytes of a value that are looked at: the largest event that the API takes has 64 KiB."""


class NoEvent(NamedTuple):
    """Why there is no event in a record; `error` is for people, and of any length."""

    reason: NoEventReason
    error: str


def event_of(value: bytes | memoryview | None, time_ms: int) -> Event | NoEvent:
    """The event in a record's value. The record's own time, in milliseconds since 1970, bounds the event's.

    The record's, not ours: what was in time when it was accepted is in time however late it is read, and by whatever
    clock. In a record without a time (-1) the event may have any: nothing else is the same to all who read it, and they
    would judge differently.
    """
    if value is None:
        return NoEvent(EMPTY, "the record has no value")
    if len(value) > LARGEST_EVENT:
        return NoEvent(INVALID_EVENT, f"the value has {len(value)} bytes; an event has at most {LARGEST_EVENT}")
    try:
        return parse(bytes(value), moment_of(time_ms / 1000 if time_ms >= 0 else inf))
    except InvalidEvent as invalid:
        # Without a field at fault, no JSON object was found.
        return NoEvent(INVALID_EVENT if invalid.faults else NOT_JSON, str(invalid))
    except Exception as error:
        # A defect of ours, or of a library: it is this record's alone, and its bytes are kept.
        return NoEvent(INVALID_EVENT, f"reading it failed: {error!r}")
