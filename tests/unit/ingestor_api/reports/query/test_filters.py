"""A filter's value is one that its dimension can have, as far as its format says."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestor_api.errors import Problem
from ingestor_api.reports.query.dimensions import DIMENSIONS
from ingestor_api.reports.query.filters import FORMATS, understood_filter

TIMES = {"event_date": "%Y-%m-%d", "event_week": "%G-W%V", "event_month": "%Y-%m"}


def is_taken(name: str, value: object) -> bool:
    try:
        return understood_filter(DIMENSIONS[name], value).values == (value,)
    except Problem as problem:
        return str(DIMENSIONS[name].format) not in problem.detail


def test_every_format_that_a_dimension_declares_is_checked() -> None:
    assert {one.format for one in DIMENSIONS.values()} - {None} == set(FORMATS)


@given(day=st.dates(min_value=date(1000, 1, 1)))
def test_every_day_week_and_month_can_be_chosen(day: date) -> None:
    for name, written in TIMES.items():
        assert is_taken(name, day.strftime(written))


@given(year=st.integers(1, 9999), number=st.integers(0, 99), day=st.integers(0, 99))
def test_a_day_week_or_month_that_no_calendar_has_is_refused(year: int, number: int, day: int) -> None:
    assert is_taken("event_month", f"{year:04d}-{number:02d}") == (1 <= number <= 12)
    weeks = date(year, 12, 28).isocalendar().week
    assert is_taken("event_week", f"{year:04d}-W{number:02d}") == (1 <= number <= weeks)
    written = f"{year:04d}-{number:02d}-{day:02d}"
    try:
        date.fromisoformat(written)
    except ValueError:
        assert not is_taken("event_date", written)
    else:
        assert is_taken("event_date", written)


@pytest.mark.parametrize("name", TIMES)
@given(value=st.one_of(st.text(), st.integers(), st.booleans(), st.from_regex(r"\d{4}-W?\d{1,2}(-\d{1,2})?")))
def test_what_is_written_otherwise_is_refused(name: str, value: object) -> None:
    patterns = {
        "event_date": r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
        "event_week": r"[0-9]{4}-W[0-9]{2}",
        "event_month": r"[0-9]{4}-[0-9]{2}",
    }
    if not (isinstance(value, str) and re.fullmatch(patterns[name], value)):
        assert not is_taken(name, value)
