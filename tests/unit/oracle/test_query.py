"""Ad-hoc queries on the small session, worked out by hand (see test_session_reports.py)."""

from datetime import timedelta
from typing import Any

from oracle.query import Order, Query, answer_query
from oracle.query_dimensions import DIMENSIONS
from oracle.query_measures import MEASURES
from oracle.small_session import (
    ADA,
    BEN,
    CLEO,
    DAN,
    EARLIER_SESSION,
    EVE,
    Q1,
    Q2,
    Q3,
    QUIZ,
    SESSION,
    SMALL_SESSION,
    STARTED,
    WITH_EARLIER_SESSION,
)


def rows(query: Query) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in answer_query(SMALL_SESSION, query)["data"]]


def test_there_are_27_measures_and_23_dimensions() -> None:
    assert (len(set(MEASURES)), len(set(DIMENSIONS))) == (27, 23)


def test_every_measure_of_the_small_session() -> None:
    (row,) = answer_query(SMALL_SESSION, Query(MEASURES))["data"]
    assert row == {
        "total_answers": 9,
        "correct_answers": 5,
        "wrong_answers": 2,
        "accuracy_rate": 71.43,
        "performance_variance": 2040.82,  # 500/7 × 200/7
        "active_students": 4,  # of the roster
        "student_attempts_per_question": 1.0,
        "question_difficulty_score": 28.57,
        "response_speed_score": 55.56,  # 10, 18, 6, 20, 24 of nine are under 30 s
        "response_time_avg": 33.11,
        "response_time_min": 6.0,
        "response_time_max": 90.0,
        "response_time_p50": 24.0,
        "response_time_p95": 90.0,
        "late_answers": 1,
        "skipped_answers": 1,
        "questions_published": 3,
        "question_engagement_rate": 66.67,  # 8 of 12
        "time_to_first_answer": 15.33,  # (10 + 6 + 30) / 3
        "unique_sessions": 1,
        "participation_rate": 100.0,
        "session_completion_rate": 25.0,
        "quiz_completion_rate": 66.67,
        "engagement_score": 62.5,
        "average_session_duration": 600.0,
        "questions_per_minute": 0.75,
        "content_effectiveness_score": 85.71,
    }


def test_sessions_and_publications_by_student_are_those_the_student_answered() -> None:
    query = Query(("total_answers", "unique_sessions", "questions_published", "active_students"), ("student_id",))
    assert rows(query) == [
        (ADA, 3, 1, 3, 1),
        (BEN, 2, 1, 2, 1),  # the question he skipped is not among them
        (CLEO, 2, 1, 2, 1),
        (DAN, 1, 1, 1, 1),
        (EVE, 1, 1, 1, 0),  # a guest is not a student of the class
    ]


def test_a_rate_of_the_class_stays_one_whatever_it_is_grouped_by() -> None:
    query = Query(("participation_rate", "question_engagement_rate"), ("student_name",))
    assert rows(query) == [
        ("", 100.0, 50.0),  # Eve answered question 2 alone: 2 of 4
        ("Ada", 100.0, 66.67),
        ("Ben", 100.0, 75.0),  # questions 1 and 3: 6 of 8
        ("Cleo", 100.0, 75.0),
        ("Dan", 100.0, 100.0),
    ]


def test_several_answers_of_a_group_do_not_multiply_its_session() -> None:
    query = Query(("unique_sessions", "average_session_duration", "total_answers"), ("correctness_flag",))
    assert rows(query) == [(False, 1, 600.0, 2), (True, 1, 600.0, 5), (None, 1, 600.0, 2)]


def test_a_group_of_one_grain_alone_has_zeros_and_nulls_in_the_others() -> None:
    query = Query(("skipped_answers", "total_answers", "accuracy_rate"), ("answer_option",))
    assert rows(query) == [
        ("3/4", 0, 1, None),
        ("4/3", 0, 1, None),
        ("A", 0, 1, 0.0),
        ("B", 0, 3, 100.0),
        ("C", 0, 2, 100.0),
        ("D", 0, 1, 0.0),
        (None, 1, 0, None),
    ]


def test_filters_on_answers_choose_sessions_by_one_answer_that_meets_all_of_them() -> None:
    both = {"student_id": (BEN,), "performance_level": ("Correct",)}
    assert rows(Query(("unique_sessions",), filters=both)) == [(0,)]
    assert rows(Query(("unique_sessions",), filters={"student_id": (BEN,)})) == [(1,)]
    assert rows(Query(("unique_sessions",), ("quiz_id",), filters=both)) == []


def test_null_matches_a_missing_value() -> None:
    assert rows(Query(("total_answers",), filters={"correctness_flag": (None, False)})) == [(4,)]


def test_a_time_range_has_its_start_and_not_its_end() -> None:
    start, end = STARTED + timedelta(seconds=60), STARTED + timedelta(seconds=180)
    query = Query(("questions_published", "total_answers", "unique_sessions"), start=start, end=end)
    assert rows(query) == [(1, 4, 0)]  # the session started before


def test_rows_are_ordered_by_what_is_shown_then_by_the_dimensions_nulls_last() -> None:
    query = Query(("accuracy_rate",), ("question_id",), order_by=(Order("accuracy_rate", "DESC"),), limit=2)
    assert rows(query) == [(Q1, 75.0), (Q2, 66.67)]
    ascending = Query(("accuracy_rate",), ("question_id",), order_by=(Order("accuracy_rate"),))
    assert rows(ascending) == [(Q2, 66.67), (Q1, 75.0), (Q3, None)]


def test_dates_weeks_and_hours_of_two_sessions() -> None:
    dimensions = ("event_date", "event_week", "event_month", "event_day_of_week", "event_hour", "time_bucket")
    query = Query(("unique_sessions",), dimensions)
    assert [tuple(row.values()) for row in answer_query(WITH_EARLIER_SESSION, query)["data"]] == [
        ("2026-02-20", "2026-W08", "2026-02", 5, 10, "Morning", 1),
        ("2026-03-02", "2026-W10", "2026-03", 1, 10, "Morning", 1),
    ]


def test_the_effectiveness_of_a_quiz_is_the_reports() -> None:
    data = answer_query(WITH_EARLIER_SESSION, Query(("content_effectiveness_score",), ("quiz_id",)))["data"]
    assert data == [{"quiz_id": QUIZ, "content_effectiveness_score": 62.5}]


def test_categories_of_sessions_and_timers() -> None:
    dimensions = ("session_id", "engagement_level", "session_duration_category", "timer_duration_category")
    data = answer_query(WITH_EARLIER_SESSION, Query(("questions_published",), dimensions))["data"]
    assert [tuple(row.values()) for row in data] == [
        (SESSION, "excellent", "Short", "Medium", 2),
        (SESSION, "excellent", "Short", "Short", 1),
        (EARLIER_SESSION, "low", "Short", "Medium", 1),
    ]
