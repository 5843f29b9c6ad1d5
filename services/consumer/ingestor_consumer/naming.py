"""What a record that cannot be stored says of itself: its session and its event's id, as far as they can be read."""

from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from ingestor_common import json_text
from ingestor_common.ids import parse_id
from ingestor_common.json_text import ERRORS, NotJson
from ingestor_common.record_values import LARGEST_EVENT

_LONGEST_ID: Final = 128


class Names(NamedTuple):
    """None for what cannot be read."""

    session_id: UUID | None
    event_id: str | None


NO_NAMES: Final = Names(None, None)


class _Ids(msgspec.Struct):
    session_id: msgspec.Raw = msgspec.Raw(b"null")
    event_id: msgspec.Raw = msgspec.Raw(b"null")


_ids_decoder = msgspec.json.Decoder(_Ids)


def names_of(key: bytes | None, value: bytes | memoryview | None) -> Names:
    """The names in a record's value; of a value without a session, the session by which the record is keyed."""
    ids = _ids(value)
    event_id = _text(ids.event_id)
    if event_id is not None and (not 1 <= len(event_id) <= _LONGEST_ID or "\x00" in event_id):
        # No event has such an id, and Postgres cannot keep U+0000.
        event_id = None
    return Names(_session(_text(ids.session_id)) or _session((key or b"").decode(errors="replace")), event_id)


def _ids(value: bytes | memoryview | None) -> _Ids:
    if value is None or len(value) > LARGEST_EVENT:
        return _Ids()
    try:
        return _ids_decoder.decode(json_text.without_mark(bytes(value)))
    except (NotJson, *ERRORS):
        return _Ids()


def _text(raw: msgspec.Raw) -> str | None:
    try:
        return msgspec.json.decode(raw, type=str)
    except ERRORS:
        return None


def _session(text: str | None) -> UUID | None:
    try:
        return parse_id(text)
    except ValueError:
        return None
