"""Times as senders write them: RFC 3339, one reading for every place that takes one."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

import msgspec

WORDS: Final = "must be RFC 3339 with an offset, such as 2026-09-01T08:30:00Z"
OUTSIDE: Final = "is outside the years 1 to 9999"

_Instant = Annotated[datetime, msgspec.Meta(tz=True)]
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_LEAP_SECOND: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:)60(\.[0-9]+)?([Zz]|[+-][0-9]{2}:?[0-9]{2})"
)


def parse_time(text: object) -> datetime:
    """The time in `text`, to the microsecond, with an offset: its own, or UTC.

    A leap second is the first of the next day, as POSIX counts: "Seconds Since the Epoch" of 23:59:60 is that of
    00:00:00 (IEEE Std 1003.1, 4.19), and as Postgres reads it. See docs/adr/0053-text-and-numbers.md.
    Raises ValueError, saying what is wrong.
    """
    try:
        return msgspec.convert(text, _Instant)
    except msgspec.ValidationError:
        if not isinstance(text, str):
            raise ValueError(WORDS) from None
    leap = _LEAP_SECOND.fullmatch(text)
    if leap is not None:
        return _after_leap(leap[1] + "59", leap[2] or "", leap[3])
    raise ValueError(_fault_of(text))


def _fault_of(text: str) -> str:
    """What is wrong with a time: its year, or its day, where another one would be right."""
    # RFC 3339 has a year 0, and a microsecond of the year 10000 to round up to; Python has neither.
    if text.startswith(("0000-", "9999-12-31")) and _is_time_of("2000", text):
        return OUTSIDE
    day = _DAY.match(text)
    if day is None or not _is_time_of("2000-01-01", text):
        return WORDS
    return f"there is no day {day[0]}"


def _after_leap(second_before: str, fraction: str, offset: str) -> datetime:
    try:
        before = msgspec.convert(second_before + offset, _Instant).astimezone(UTC)
        if (before.hour, before.minute) != (23, 59):
            raise ValueError(f"has a second 60, which is a leap second's and stands at 23:59:60 UTC only; {WORDS}")
        return msgspec.convert(second_before + fraction + offset, _Instant).astimezone(UTC) + timedelta(seconds=1)
    except msgspec.ValidationError:
        raise ValueError(_fault_of(second_before + fraction + offset)) from None
    except OverflowError:
        raise ValueError(OUTSIDE) from None


def _is_time_of(date: str, text: str) -> bool:
    """Whether the text is a time with this beginning in place of its own."""
    try:
        msgspec.convert(date + text[len(date) :], _Instant)
    except msgspec.ValidationError:
        return False
    return True
