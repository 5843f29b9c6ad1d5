"""Exact numbers: ratios are fractions or None where unknown, and are rounded only where they leave the product."""

from collections.abc import Iterable
from fractions import Fraction
from typing import Final, TypeAlias, overload

Exact: TypeAlias = Fraction | None
"""A number that may be unknown: a ratio whose denominator is 0."""

_HUNDREDTHS: Final = 100


def ratio(part: int | Fraction, whole: int | Fraction) -> Exact:
    """part / whole."""
    return Fraction(part) / whole if whole else None


def percent(part: int, whole: int) -> Exact:
    """100 x part / whole."""
    return Fraction(100 * part, whole) if whole else None


def mean(values: Iterable[Exact]) -> Exact:
    """The mean of the known values."""
    known = [value for value in values if value is not None]
    return ratio(sum(known, Fraction(0)), len(known))


def mean_seconds(total_ms: int, count: int) -> Exact:
    """The mean, in seconds, of `count` times that sum up to `total_ms` milliseconds."""
    return Fraction(total_ms, 1000 * count) if count else None


@overload
def shown(value: Fraction) -> float: ...
@overload
def shown(value: None) -> None: ...
@overload
def shown(value: Exact) -> float | None: ...
def shown(value: Exact) -> float | None:
    """The number as reports print it: 2 decimals, half away from zero."""
    if value is None:
        return None
    hundredths = (2 * _HUNDREDTHS * abs(value.numerator) + value.denominator) // (2 * value.denominator)
    return (-hundredths if value < 0 else hundredths) / _HUNDREDTHS


def seconds_text(seconds: Exact) -> str | None:
    """Seconds as the text that stands beside the number: "12.40s"."""
    number = shown(seconds)
    return None if number is None else f"{number:.2f}s"
