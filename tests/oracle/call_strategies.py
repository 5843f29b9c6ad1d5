"""Hypothesis strategies of what is asked of a world: report calls and ad-hoc queries."""

import inspect
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from oracle.query import Order, Query
from oracle.query_dimensions import DIMENSIONS, Value
from oracle.query_measures import MEASURES
from oracle.reports import REPORTS
from oracle.strategies import (
    ANSWERS,
    CLASSROOMS,
    NAMES,
    NOW,
    QUESTIONS,
    QUIZZES,
    SESSIONS,
    STUDENTS,
    TEACHERS,
    UNKNOWN_ID,
)

_PARAMETERS: dict[str, st.SearchStrategy[str] | st.SearchStrategy[int]] = {
    "session_id": st.sampled_from((*SESSIONS, UNKNOWN_ID)),
    "question_id": st.sampled_from((*QUESTIONS, UNKNOWN_ID)),
    "quiz_id": st.sampled_from((*QUIZZES, UNKNOWN_ID)),
    "classroom_id": st.sampled_from((*CLASSROOMS, UNKNOWN_ID)),
    "student_id": st.sampled_from((*STUDENTS, UNKNOWN_ID)),
    "time_range": st.sampled_from(("60m", "90s", "24h", "7d", "60d")),
    "date_range": st.sampled_from(("7d", "60m", "24h", "14d", "365d")),
    "page": st.sampled_from((1, 2, 3)),
    "page_size": st.sampled_from((1, 2, 50, 1000)),
}

_VALUES: dict[str, tuple[Value, ...]] = {
    "session_id": (*SESSIONS, UNKNOWN_ID),
    "quiz_id": QUIZZES,
    "classroom_id": CLASSROOMS,
    "student_id": STUDENTS,
    "question_id": QUESTIONS,
    "teacher_id": (*TEACHERS, None),
    "classroom_name": (*NAMES, ""),
    "student_name": (*NAMES, ""),
    "quiz_title": (*NAMES, ""),
    "answer_option": (*(answer for answer in ANSWERS if answer), None),
    "event_date": ("2026-03-09", "2026-03-10", "2026-03-03", "2025-11-30"),
    "event_hour": (0, 1, 4, 21, 23),
    "event_week": ("2026-W10", "2026-W11", "2025-W48"),
    "event_month": ("2026-03", "2026-02", "2025-11"),
    "event_day_of_week": (1, 2, 7),
    "time_bucket": ("Morning", "Afternoon", "Evening"),
    "performance_level": ("Correct", "Incorrect", None),
    "correctness_flag": (True, False, None),
    "response_speed_category": ("Fast", "Medium", "Slow", None),
    "engagement_level": ("excellent", "good", "moderate", "low", "unknown"),
    "session_duration_category": ("Short", "Medium", "Long"),
    "difficulty_level": ("too_easy", "appropriate", "challenging", "too_difficult", "unknown"),
    "timer_duration_category": ("Short", "Medium", "Long", None),
}


def report_parameters(name: str) -> st.SearchStrategy[dict[str, Any]]:
    """Parameters of one report: its ids, known or unknown, and its ranges and pages or their defaults."""
    accepted = inspect.signature(REPORTS[name]).parameters
    required = {one: _PARAMETERS[one] for one in accepted if one.endswith("_id")}
    optional = {one: _PARAMETERS[one] for one in accepted if one in _PARAMETERS and one not in required}
    return st.fixed_dictionaries(required, optional=optional)


def filters(dimensions: Sequence[str] = DIMENSIONS) -> st.SearchStrategy[dict[str, tuple[Value, ...]]]:
    """Up to two dimensions with one to three values each."""
    return st.lists(st.sampled_from(dimensions), max_size=2, unique=True).flatmap(
        lambda names: st.fixed_dictionaries({name: _filter_values(name) for name in names})
    )


@st.composite
def queries(draw: st.DrawFn) -> Query:
    """Valid queries: one to four measures by up to three dimensions, filtered, ordered and cut."""
    measures = tuple(draw(st.lists(st.sampled_from(MEASURES), min_size=1, max_size=4, unique=True)))
    dimensions = tuple(draw(st.lists(st.sampled_from(DIMENSIONS), max_size=3, unique=True)))
    names = draw(st.lists(st.sampled_from((*measures, *dimensions)), max_size=2, unique=True))
    return Query(
        measures=measures,
        dimensions=dimensions,
        filters=draw(filters()),
        start=draw(st.sampled_from((None, NOW - timedelta(days=7), NOW - timedelta(days=60)))),
        end=draw(st.sampled_from((None, NOW, NOW - timedelta(minutes=34)))),
        order_by=tuple(Order(name, draw(st.sampled_from(("ASC", "DESC")))) for name in names),
        limit=draw(st.sampled_from((1, 3, 1000))),
    )


def _filter_values(name: str) -> st.SearchStrategy[tuple[Value, ...]]:
    return st.lists(st.sampled_from(_VALUES[name]), min_size=1, max_size=3, unique=True).map(tuple)
