"""From a record's bytes to the event in them, or to why they are none."""

from datetime import datetime
from typing import Final, Literal, NamedTuple

from ingestor_common.events import Event, InvalidEvent, parse

Reason = Literal["empty", "not_json", "invalid_event", "refused_by_database"]
"""Why a record is dead-lettered. Few and fixed: they are metric labels, and words that people search for."""

EMPTY: Final = "empty"
NOT_JSON: Final = "not_json"
INVALID_EVENT: Final = "invalid_event"
REFUSED_BY_DATABASE: Final = "refused_by_database"


LONGEST_ERROR: Final = 1_000
"""Characters of an error's text that are kept; some quote the whole row."""


class Refusal(NamedTuple):
    """A record that cannot be stored; `error` is for people."""

    reason: Reason
    error: str


def refusal(reason: Reason, error: str) -> Refusal:
    """A refusal whose text can be stored anywhere: bounded, and without what Postgres or UTF-8 cannot hold."""
    text = error.replace("\x00", "\\x00")[:LONGEST_ERROR]
    return Refusal(reason, text.encode("utf-8", "replace").decode())


def decode(value: bytes | None, now: datetime) -> Event | Refusal:
    """The event in a record's value. `now` (aware) bounds the event's time, as for the API."""
    if value is None:
        return refusal(EMPTY, "the record has no value")
    try:
        return parse(value, now)
    except InvalidEvent as invalid:
        # Without a field at fault, no JSON object was found.
        return refusal(INVALID_EVENT if invalid.faults else NOT_JSON, str(invalid))
