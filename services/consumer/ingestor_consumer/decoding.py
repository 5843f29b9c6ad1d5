"""From a record's bytes to the event in them, or to why there is no event in them."""

from typing import Final, Literal, NamedTuple, get_args

from ingestor_common.events import Event
from ingestor_common.record_values import NoEvent, NoEventReason, event_of

Reason = Literal[NoEventReason, "refused_by_database", "storing_timed_out", "expired", "unreadable"]
"""Why a record is dead-lettered. Few and fixed: they are metric labels, and words that people search for."""

REASONS: Final[tuple[Reason, ...]] = get_args(Reason)

REFUSED_BY_DATABASE: Final = "refused_by_database"
STORING_TIMED_OUT: Final = "storing_timed_out"
EXPIRED: Final = "expired"
UNREADABLE: Final = "unreadable"

LONGEST_ERROR: Final = 1_000
"""Characters of an error's text that are kept; some quote the whole row."""


class Refusal(NamedTuple):
    """A record that cannot be stored; `error` is for people."""

    reason: Reason
    error: str


def refusal(reason: Reason, error: str) -> Refusal:
    """A refusal whose text can be stored anywhere: bounded, and without what Postgres or UTF-8 cannot hold."""
    text = error[:LONGEST_ERROR].replace("\x00", "\\x00")[:LONGEST_ERROR]
    return Refusal(reason, text.encode("utf-8", "replace").decode())


def decode(value: bytes | memoryview | None, time_ms: int) -> Event | Refusal:
    """The event in a record's value; `time_ms` is the record's own time, in milliseconds since 1970, -1 for none."""
    found = event_of(value, time_ms)
    return refusal(found.reason, found.error) if isinstance(found, NoEvent) else found
