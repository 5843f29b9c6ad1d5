"""From a record's bytes to the event in them, or to why there is no event in them."""

from typing import Final, Literal, NamedTuple, get_args

from ingestor_common.events import Event, InvalidEvent, parse
from ingestor_common.records import moment_of

Reason = Literal[
    "empty", "not_json", "invalid_event", "refused_by_database", "storing_timed_out", "expired", "unreadable"
]
"""Why a record is dead-lettered. Few and fixed: they are metric labels, and words that people search for."""

REASONS: Final[tuple[Reason, ...]] = get_args(Reason)

EMPTY: Final = "empty"
NOT_JSON: Final = "not_json"
INVALID_EVENT: Final = "invalid_event"
REFUSED_BY_DATABASE: Final = "refused_by_database"
STORING_TIMED_OUT: Final = "storing_timed_out"
EXPIRED: Final = "expired"
UNREADABLE: Final = "unreadable"


LONGEST_ERROR: Final = 1_000
"""Characters of an error's text that are kept; some quote the whole row."""

LARGEST_EVENT: Final = 1024 * 1024
"""Bytes of a value that are looked at: the largest event that the API takes has 64 KiB."""


class Refusal(NamedTuple):
    """A record that cannot be stored; `error` is for people."""

    reason: Reason
    error: str


def refusal(reason: Reason, error: str) -> Refusal:
    """A refusal whose text can be stored anywhere: bounded, and without what Postgres or UTF-8 cannot hold."""
    text = error[:LONGEST_ERROR].replace("\x00", "\\x00")[:LONGEST_ERROR]
    return Refusal(reason, text.encode("utf-8", "replace").decode())


def decode(value: bytes | memoryview | None, accepted_at: float) -> Event | Refusal:
    """The event in a record's value. `accepted_at`, the record's own time in seconds since 1970, bounds the event's.

    The record's, not ours: what was in time when it was accepted is in time however late it is read, and by whatever
    clock.
    """
    if value is None:
        return refusal(EMPTY, "the record has no value")
    if len(value) > LARGEST_EVENT:
        return refusal(INVALID_EVENT, f"the value has {len(value)} bytes; an event has at most {LARGEST_EVENT}")
    try:
        return parse(bytes(value), moment_of(accepted_at))
    except InvalidEvent as invalid:
        # Without a field at fault, no JSON object was found.
        return refusal(INVALID_EVENT if invalid.faults else NOT_JSON, str(invalid))
    except Exception as error:
        # A defect of ours, or of a library: it is this record's alone, and its bytes are kept.
        return refusal(INVALID_EVENT, f"reading it failed: {error!r}")
