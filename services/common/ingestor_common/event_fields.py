"""Reading an event field by field: the slow way, for what one decoder does not read at once.

It takes what is meant where JSON or RFC 3339 has more than one spelling for it (1000.0, leap seconds, a byte-order
mark), and says of everything else which fields are at fault.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final, NamedTuple

import msgspec

from ingestor_common import json_parts, json_text
from ingestor_common.faults import MAX_FAULTS, FieldFault, InvalidEvent, invalid_event
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


class Reader(NamedTuple):
    """How a field is read. `hint` stands before the reason where that fails."""

    is_required: bool
    read: Callable[[bytes], Any]
    hint: str


def readers_of(event: type[msgspec.Struct], hints: Mapping[str, str]) -> dict[str, Reader]:
    """The readers of a struct's fields, by their names."""
    return {
        field.name: Reader(field.required, _reader(field.name, field.type), hints.get(field.name, ""))
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
            faults.append(FieldFault(name, f"{name}: {reader.hint}{words_of(error)}"))
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
        raise _faulty_object(text, names, error, most_faults) from None


def _faulty_object(text: bytes, names: Collection[str], error: Exception, most_faults: int) -> InvalidEvent:
    try:
        members = json_parts.members(text, names, MOST_LOOKED_AT)
    except NotJson:
        return _no_object(json_text.reason_of(text, error))
    faults = list(islice(_faults(members), most_faults))
    event_id = _id_of({member.name: msgspec.Raw(member.value) for member in members})
    if not faults:
        return _no_object(json_text.fault_of(text) or json_text.reason_of(text, error), event_id)
    return invalid_event(faults, event_id)


def _faults(members: Iterable[json_parts.Member]) -> Iterator[FieldFault]:
    for member in members:
        reason = json_text.fault_of(member.key) or json_text.fault_of(member.value, json_text.MAX_DEPTH - 1)
        if reason is not None:
            name = json_text.printable(member.name)
            yield FieldFault(name, f"{name}: {reason}")


def _no_object(words: str, event_id: str | None = None) -> InvalidEvent:
    return InvalidEvent(f"the event is not a JSON object in UTF-8: {words}", event_id=event_id)


def _id_of(members: Mapping[str, msgspec.Raw]) -> str | None:
    """The sender's id, where it is one that can be said back."""
    try:
        event_id = _text_decoder.decode(members.get("event_id", b""))
    except ERRORS:
        return None
    return event_id if len(event_id) <= _LONGEST_ID else None
