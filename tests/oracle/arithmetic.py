"""Exact numbers: ratios as fractions, None where unknown, rounded only on the way out."""

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction

HUNDRED = 100
HALF = Fraction(1, 2)


def ratio(part: int | Fraction, whole: int | Fraction) -> Fraction | None:
    """part / whole, or None where the whole is 0."""
    return None if whole == 0 else Fraction(part) / Fraction(whole)


def percent(part: int, whole: int) -> Fraction | None:
    """100 × part / whole, or None where the whole is 0."""
    return ratio(HUNDRED * part, whole)


def mean(values: Iterable[int | Fraction | None]) -> Fraction | None:
    """The mean of the known values, or None where none is known."""
    known = [Fraction(value) for value in values if value is not None]
    return ratio(sum(known, Fraction(0)), len(known))


def median(values: Sequence[int]) -> Fraction | None:
    """The middle value, or the mean of the middle two."""
    ordered = sorted(values)
    if not ordered:
        return None
    middle = len(ordered) // 2
    if len(ordered) % 2 == 1:
        return Fraction(ordered[middle])
    return Fraction(ordered[middle - 1] + ordered[middle], 2)


def percentile_95(values: Sequence[int]) -> Fraction | None:
    """The smallest value that at least 95 % of the values do not exceed (nearest rank)."""
    ordered = sorted(values)
    if not ordered:
        return None
    rank = math.ceil(Fraction(95, 100) * len(ordered))
    return Fraction(ordered[rank - 1])


def seconds_of_ms(milliseconds: int | Fraction | None) -> Fraction | None:
    """Milliseconds as seconds."""
    return None if milliseconds is None else Fraction(milliseconds) / 1000


def seconds_of(duration: timedelta) -> Fraction:
    """A duration in seconds, exact to the microsecond."""
    return Fraction(duration // timedelta(microseconds=1), 1_000_000)


def shown(value: Fraction | int | None) -> float | None:
    """A number as reports print it: 2 decimals, half away from zero."""
    if value is None:
        return None
    size = math.floor(abs(Fraction(value)) * 100 + HALF)
    return (size if value >= 0 else -size) / 100


def seconds_text(seconds: Fraction | None) -> str | None:
    """Seconds as the text that stands beside the number, "12.40s"."""
    number = shown(seconds)
    return None if number is None else f"{number:.2f}s"


def duration_text(seconds: Fraction) -> str:
    """A duration as text, "0h 45m 7s", fractions of a second cut off."""
    whole = math.floor(seconds)
    return f"{whole // 3600}h {whole // 60 % 60}m {whole % 60}s"


def instant(moment: datetime | None) -> str | None:
    """A time as reports print it, "2026-03-02T10:00:00Z"; fractions only where there are some."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
