"""Filters: which values of a dimension to take, as they come in and as the statement has them."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from ingestor_api.errors import field_problem
from ingestor_api.reports.query.vocabulary import Dimension, Value
from ingestor_common.ids import parse_id
from ingestor_common.json_text import half_a_pair

MAX_VALUES: Final = 1000


@dataclass(frozen=True, slots=True)
class Filter:
    """A fact counts when its value is one of `values`, or `missing` and it has none."""

    dimension: Dimension
    values: tuple[Value, ...]
    missing: bool


def understood_filter(dimension: Dimension, given: object) -> Filter:
    """The filter for a value, or a list of values, or null.

    Raises Problem 400 for an empty or too long list, or a value of another type than the dimension's.
    """
    field = f"filters.{dimension.name}"
    listed: list[Any] = given if isinstance(given, list) else [given]
    if not 1 <= len(listed) <= MAX_VALUES:
        raise field_problem(field, f"{field} needs 1 to {MAX_VALUES} values; leave it out to take every value")
    check, words = _check(dimension)
    if not all(value is None or check(value) for value in listed):
        raise field_problem(field, f"{field} takes {words}, a list of such, or null")
    return Filter(dimension, tuple(value for value in listed if value is not None), None in listed)


def _check(dimension: Dimension) -> tuple[Callable[[object], bool], str]:
    if dimension.format is not None:
        return FORMATS[dimension.format]
    if dimension.type == "boolean":
        return lambda value: isinstance(value, bool), "true or false"
    if dimension.type == "integer":
        numbers = range(dimension.least, dimension.most + 1)
        words = f"a whole number from {dimension.least} to {dimension.most}"
        return lambda value: type(value) is int and value in numbers, words
    if dimension.values:
        return lambda value: value in dimension.values, "one of " + ", ".join(str(value) for value in dimension.values)
    return _is_text, "a text"


def _is_uuid(value: object) -> bool:
    try:
        return bool(parse_id(value))
    except ValueError:
        return False


def _dated(pattern: str, read: Callable[..., object]) -> Callable[[object], bool]:
    """Whether a value is of the pattern, and `read` makes a date of its numbers."""
    written = re.compile(pattern, re.ASCII)

    def check(value: object) -> bool:
        found = written.fullmatch(value) if isinstance(value, str) else None
        try:
            return found is not None and bool(read(*map(int, found.groups())))
        except ValueError:
            return False

    return check


FORMATS: Final[Mapping[str, tuple[Callable[[object], bool], str]]] = {
    "uuid": (_is_uuid, "a UUID"),
    "YYYY-MM-DD": (_dated(r"(\d{4})-(\d\d)-(\d\d)", date), "a date as YYYY-MM-DD"),
    "YYYY-Www": (
        _dated(r"(\d{4})-W(\d\d)", lambda year, week: date.fromisocalendar(year, week, 1)),
        "an ISO 8601 week as YYYY-Www, such as 2026-W09",
    ),
    "YYYY-MM": (_dated(r"(\d{4})-(\d\d)", lambda year, month: date(year, month, 1)), "a month as YYYY-MM"),
}
"""By the format that a dimension declares: whether a value is of it, and what to call such a value."""


def _is_text(value: object) -> bool:
    # Postgres stores neither the character 0 nor half a surrogate pair, so no value is equal to such a text.
    return isinstance(value, str) and "\0" not in value and half_a_pair(value) is None


@dataclass(frozen=True, slots=True)
class Condition:
    """A filter whose values are the parameter `parameter` (an array); None where it asks for missing values alone."""

    dimension: Dimension
    parameter: str | None
    missing: bool

    def over(self, sql: str) -> str:
        """SQL that holds where the expression `sql`, the dimension's, has one of the values."""
        any_of = f"{sql} = ANY ({self.parameter}::{self.dimension.sql_type}[])"
        if not self.missing:
            return any_of
        return f"{sql} IS NULL" if self.parameter is None else f"({any_of} OR {sql} IS NULL)"


def conditions(filters: Sequence[Filter], bind: Callable[[object], str]) -> tuple[Condition, ...]:
    """The filters with their values bound as parameters."""
    return tuple(
        Condition(one.dimension, bind(list(one.values)) if one.values else None, one.missing) for one in filters
    )
