"""Reading an event field by field: the slow way, for what one decoder does not read at once.

It takes what is meant where JSON or RFC 3339 has more than one spelling for it (1000.0, leap seconds, a byte-order
mark), and says of everything else which fields are at fault.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from typing import Any, Final, NamedTuple

import msgspec

from ingestor_common import json_faults, json_parts, json_text
from ingestor_common.faults import MAX_FAULTS, FieldFault, InvalidEvent, invalid_event
from ingestor_common.field_words import demand_of, kind_of
from ingestor_common.json_text import ERRORS, NotJson, words_of
from ingestor_common.times import parse_time


class _WithId(msgspec.Struct):
    event_id: msgspec.Raw = msgspec.Raw()


_id_decoder = msgspec.json.Decoder(_WithId)
_object_decoder = msgspec.json.Decoder(dict[str, msgspec.Raw])
_text_decoder = msgspec.json.Decoder(str)
_INTEGERS: Final = ("timer_sec", "response_time_ms")
_LONGEST_ID: Final = 128
MOST_LOOKED_AT: Final = 100
"""Members of an object that is no JSON in which a fault is looked for, and as many again of an event's fields behind
them; it may hold a hundred thousand."""


_PLACE: Final = re.compile(r"\(byte ([0-9]+)\)$")
_BEHIND_IT: Final = "JSON is malformed: trailing characters"


class Reader(NamedTuple):
    """How a field is read, and what it must be."""

    is_required: bool
    read: Callable[[bytes], Any]
    kind: str
    demand: str


def readers_of(event: type[msgspec.Struct]) -> dict[str, Reader]:
    """The readers of a struct's fields, by their names."""
    return {
        field.name: Reader(
            field.required,
            _reader(field.name, field.type),
            "a number" if field.name in _INTEGERS else "a string",
            demand_of(field.type),
        )
        for field in msgspec.structs.fields(event)
    }


def _reader(name: str, kind: Any) -> Callable[[bytes], Any]:
    decode = msgspec.json.Decoder(kind).decode
    if name == "timestamp":
        return lambda raw: parse_time(_text_decoder.decode(raw))
    if name in _INTEGERS:
        return lambda raw: decode(raw if (number := json_text.whole_number(raw)) is None else b"%d" % number)
    return decode


def read_fields(data: bytes, readers: Mapping[str, Reader], most_faults: int = MAX_FAULTS) -> dict[str, Any]:
    """The values of an object's fields; of a name that stands twice the last one counts.

    Raises InvalidEvent, naming the first `most_faults` fields at fault.
    """
    members = _members(data, readers, most_faults)
    values: dict[str, Any] = {}
    faults: list[FieldFault] = []
    for name, reader in readers.items():
        if len(faults) == most_faults:
            break
        raw = members.get(name)
        try:
            if raw is not None:
                values[name] = reader.read(bytes(raw))
            elif reader.is_required:
                faults.append(FieldFault(name, f"{name} is required"))
        except (ValueError, *ERRORS) as error:
            faults.append(FieldFault(name, f"{name}: {_reason(bytes(raw or b''), reader, error)}"))
    if faults:
        raise invalid_event(faults, _id_of(members))
    return values


def id_of(text: bytes) -> str | None:
    """The sender's id in what is no event, as far as it can be read; None where it cannot.

    The object may be of any size, so that nothing is made of its other members.
    """
    try:
        return _id_of({"event_id": _id_decoder.decode(text).event_id})
    except ERRORS:
        pass
    try:
        members = json_parts.members(text, ("event_id",), MOST_LOOKED_AT)
    except NotJson:
        return None
    return _id_of({member.name: msgspec.Raw(member.value) for member in members})


def _reason(value: bytes, reader: Reader, error: Exception) -> str:
    """Why the field cannot be read, in JSON's terms: the library speaks of this program's types."""
    if not isinstance(error, msgspec.ValidationError):
        return words_of(error)
    found = kind_of(value)
    return reader.demand if found == reader.kind else f"{reader.demand}, not {found}"


def _members(data: bytes, names: Collection[str], most_faults: int) -> dict[str, msgspec.Raw]:
    """The object's members. Raises InvalidEvent where it is none, or where one of them is not JSON in UTF-8."""
    try:
        text = json_text.without_mark(data)
    except NotJson as error:
        raise _no_object(str(error)) from None
    try:
        json_text.require_text(text)
        return _object_decoder.decode(text)
    except ERRORS as error:
        raise _refusal(text, names, error, most_faults, len(data) - len(text)) from None


def _refusal(text: bytes, names: Collection[str], error: Exception, most_faults: int, offset: int) -> InvalidEvent:
    """Why the text, which begins `offset` bytes into what was sent, is no object that can be read."""
    members = _divided(text, names)
    event_id = _id_of({member.name: msgspec.Raw(member.value) for member in members})
    first = _first_fault(text)
    if first is not None and (first.member is None or not _is_looked_at(first.start, members)):
        return _no_object(_said(first, offset), event_id)
    faults = list(islice(_faults(members, first, offset), most_faults))
    if faults:
        return invalid_event(faults, event_id)
    return _no_object(json_text.fault_of(text) or json_text.reason_of(text, error), event_id)


def _divided(text: bytes, names: Collection[str]) -> list[json_parts.Member]:
    try:
        return json_parts.members(text, names, MOST_LOOKED_AT)
    except NotJson:
        return []


def _first_fault(text: bytes) -> json_faults.Fault | None:
    with suppress(RecursionError):
        return json_faults.first_fault(text)
    return None


def _is_looked_at(start: int, members: Sequence[json_parts.Member]) -> bool:
    # Of what cannot be divided, what was found is all that there is.
    return not members or any(member.start == start for member in members)


def _faults(members: Iterable[json_parts.Member], first: json_faults.Fault | None, offset: int) -> Iterator[FieldFault]:
    """The fault at which a reader stops, and those of the other members."""
    if first is not None and first.member is not None:
        yield _named(first.member, _said(first, offset))
    for member in members:
        if first is None or member.start != first.start:
            reason = _fault_of(member, offset)
            if reason is not None:
                yield _named(member.name, reason)


def _named(name: str, reason: str) -> FieldFault:
    shown = json_text.printable(name)
    return FieldFault(shown, f"{shown}: {reason}")


def _fault_of(member: json_parts.Member, offset: int) -> str | None:
    reason = json_text.fault_of(member.key) or json_text.fault_of(member.value, json_text.MAX_DEPTH - 1)
    if reason is None or (place := _PLACE.search(reason)) is None:
        return reason
    with suppress(RecursionError):
        fault = json_faults.fault_of_value(member.value)
        if fault is not None:
            return _said(fault, member.start + offset)
    if reason.startswith(_BEHIND_IT):
        # The value is sound, and what follows it is nobody's.
        return None
    return f"{reason[: place.start()]}{_place(member.start + int(place[1]) + offset)}"


def _said(fault: json_faults.Fault, offset: int) -> str:
    return f"JSON is malformed: {fault.words} {_place(fault.position + offset)}"


def _place(position: int) -> str:
    return f"(byte {position} of the event)"


def _no_object(words: str, event_id: str | None = None) -> InvalidEvent:
    return InvalidEvent(f"the event is not a JSON object in UTF-8: {words}", event_id=event_id)


def _id_of(members: Mapping[str, msgspec.Raw]) -> str | None:
    """The sender's id, where it is one that can be said back."""
    try:
        event_id = _text_decoder.decode(members.get("event_id", b""))
    except ERRORS:
        return None
    return event_id if len(event_id) <= _LONGEST_ID else None
