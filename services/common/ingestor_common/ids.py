"""Identifiers as senders write them: one reading for every place that takes one."""

from typing import Final
from uuid import UUID

import msgspec

WORDS: Final = "must be a UUID: 32 hexadecimal digits, with hyphens as 8-4-4-4-12 or without any"


def parse_id(text: object) -> UUID:
    """The identifier in `text`. Raises ValueError, saying what is allowed, for any other text and for what is none.

    Python's UUID() reads more: braces, `urn:uuid:`, underscores, hyphens anywhere, blanks and the digits of other
    scripts. Postgres takes some of that and refuses the rest, so an identifier would be known by one path only.
    """
    if isinstance(text, UUID):
        return text
    if not isinstance(text, str):
        raise ValueError(WORDS)
    try:
        return msgspec.convert(text, UUID)
    except msgspec.ValidationError:
        raise ValueError(WORDS) from None
