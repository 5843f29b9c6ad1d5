"""What the database holds against what the API told: a pure function of one session's events."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from enum import Enum
from uuid import UUID

import msgspec

from ingestor_dev.sim.events import DEFAULT_TIMER_SEC, QUESTION_PUBLISHED, Event

_UUID_FIELDS = ("session_id", "quiz_id", "classroom_id", "question_id", "teacher_id", "student_id")


class FaultKind(Enum):
    """lost: told durable and not there. doubled: there more than once. altered: there with other values.
    unknown: there, of a session of ours, and never sent."""

    LOST = "lost"
    DOUBLED = "doubled"
    ALTERED = "altered"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Fault:
    kind: FaultKind
    session_id: str
    event_id: str
    detail: str


@dataclass(frozen=True)
class Known:
    """An event that was sent, and for each time it was told durable the mode and receipt."""

    event: Event
    told: Sequence[str] = ()


@dataclass(frozen=True)
class Comparison:
    """Counts of events. told: durable by the API's word; absorbed: further such words on events that are
    there once; in_doubt: sent and never answered for, of which `in_doubt_stored` are there."""

    told: int
    absorbed: int
    in_doubt: int
    in_doubt_stored: int
    faults: tuple[Fault, ...]


def compare(known: Sequence[Known], stored: Sequence[Event]) -> Comparison:
    """The events known of one session against the rows stored for it; the order of neither matters."""
    rows: Mapping[str, list[Event]] = _by_event_id(stored)
    told = [each for each in known if each.told]
    doubtful = [each for each in known if not each.told]
    sent = {each.event.event_id for each in known}
    faults = [fault for each in known for fault in _faults(each, rows.get(each.event.event_id, []))]
    faults += [
        Fault(FaultKind.UNKNOWN, row.session_id, row.event_id, "was never sent")
        for row in stored
        if row.event_id not in sent
    ]
    return Comparison(
        told=len(told),
        absorbed=sum(len(each.told) - 1 for each in told if len(rows.get(each.event.event_id, ())) == 1),
        in_doubt=len(doubtful),
        in_doubt_stored=sum(each.event.event_id in rows for each in doubtful),
        faults=tuple(faults),
    )


def canonical(event: Event) -> Event:
    """The event in the form the database gives it back: UTC, canonical UUIDs, the default timer filled in."""
    uuids = {name: _canonical_uuid(getattr(event, name)) for name in _UUID_FIELDS}
    timer = event.timer_sec
    if timer is None and event.event_type == QUESTION_PUBLISHED:
        timer = DEFAULT_TIMER_SEC
    return msgspec.structs.replace(event, **uuids, timestamp=event.timestamp.astimezone(UTC), timer_sec=timer)


def _faults(known: Known, rows: Sequence[Event]) -> Iterator[Fault]:
    event = known.event
    if not rows and known.told:
        yield Fault(FaultKind.LOST, event.session_id, event.event_id, f"told durable by {known.told[0]}")
    if len(rows) > 1:
        yield Fault(FaultKind.DOUBLED, event.session_id, event.event_id, f"is there {len(rows)} times")
    elif rows and (differences := _differences(event, rows[0])):
        yield Fault(FaultKind.ALTERED, event.session_id, event.event_id, "; ".join(differences))


def _differences(sent: Event, stored: Event) -> list[str]:
    # Nearly all events are equal as they stand, and the canonical form costs more than the rest together.
    if sent == stored:
        return []
    sent, stored = canonical(sent), canonical(stored)
    return [
        f"{name}: sent {getattr(sent, name)!r}, stored {getattr(stored, name)!r}"
        for name in Event.__struct_fields__
        if getattr(sent, name) != getattr(stored, name)
    ]


def _by_event_id(stored: Sequence[Event]) -> Mapping[str, list[Event]]:
    rows: defaultdict[str, list[Event]] = defaultdict(list)
    for row in stored:
        rows[row.event_id].append(row)
    return rows


def _canonical_uuid(text: str | None) -> str | None:
    return None if text is None else str(UUID(text))
