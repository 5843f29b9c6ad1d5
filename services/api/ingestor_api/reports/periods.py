"""Lengths of time as parameters name them: 90s, 60m, 24h, 7d."""

import re
from datetime import timedelta
from typing import Final

LONGEST: Final = timedelta(days=3660)
"""Ten years: no school's history is longer, and twice of it before now is still a date."""

ALLOWED: Final = "a whole number from 1 with s, m, h or d, up to 3660d: 90s, 60m, 24h, 7d"

PATTERN: Final = "^0*[1-9][0-9]*[smhd]$"
"""What is allowed, but for the longest, as JSON Schema says it."""

_WRITTEN: Final = re.compile(r"([0-9]{1,9})([smhd])")
_UNITS: Final = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}


def length_of(written: str) -> timedelta:
    """The length that is written. Raises ValueError, saying what is allowed."""
    match = _WRITTEN.fullmatch(written)
    if match is None:
        raise ValueError(ALLOWED)
    number, unit = int(match[1]), _UNITS[match[2]]
    if not 0 < number <= LONGEST // unit:
        raise ValueError(ALLOWED)
    return number * unit


def written_length(written: str) -> str:
    """The text itself, once it is known to name a length."""
    length_of(written)
    return written
