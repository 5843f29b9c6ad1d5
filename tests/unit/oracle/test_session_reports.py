"""Reports on the small session, worked out by hand.

Question 1 (60 s to answer, from 10:01:00): Ada B after 10 s, Ben A (18 s by his own clock), Cleo B at the
60th second, Dan B after 90 s; the key is B. Question 2 (30 s, from 10:03:00): Ada C after 6 s, Ben skips,
the guest Eve C after 20 s, Cleo D after 24 s; the key is C. Question 3 (60 s, from 10:05:00) has no key:
Ada after 30 s, Ben after 40 s. So 9 answers, 7 of them graded, 5 of those correct.
"""

import pytest
from oracle.pages import Body
from oracle.reports import REPORTS
from oracle.small_session import (
    ADA,
    BEN,
    CLASSROOM,
    CLEO,
    DAN,
    EVE,
    Q1,
    Q2,
    Q3,
    QUIZ,
    SESSION,
    SMALL_SESSION,
    WITH_EARLIER_SESSION,
)


def report(name: str, **parameters: object) -> Body:
    return REPORTS[name](SMALL_SESSION, **parameters)


def test_everyone_who_answered_in_the_last_hour_is_active_the_guest_too() -> None:
    body = report("active-participants", session_id=SESSION)
    assert body["active_participants"] == [
        {"student_id": ADA, "accuracy": 100.0},  # B and C
        {"student_id": BEN, "accuracy": 0.0},  # A only; his answer to question 3 is not graded
        {"student_id": CLEO, "accuracy": 50.0},  # B, and D for C
        {"student_id": DAN, "accuracy": 100.0},  # late but right
        {"student_id": EVE, "accuracy": 100.0},
    ]
    assert body["average_accuracy_percent"] == 71.43  # 5 of 7 graded answers
    assert (body["total_participants"], body["page_participants"]) == (5, 5)


def test_a_shorter_range_shows_those_who_answered_in_it_and_the_average_ignores_the_page() -> None:
    # From 10:03:20 (not included) to 10:30: Cleo's D, and two ungraded answers of Ada and Ben.
    body = report("active-participants", session_id=SESSION, time_range="1600s", page=2, page_size=2)
    assert body["active_participants"] == [{"student_id": CLEO, "accuracy": 0.0}]
    assert body["average_accuracy_percent"] == 0.0
    assert body["pagination"] == {
        "page": 2,
        "page_size": 2,
        "total_count": 3,
        "total_pages": 2,
        "has_more": False,
        "has_previous": True,
    }


def test_three_publications_in_four_minutes_are_three_quarters_a_minute() -> None:
    assert report("questions-per-minute", session_id=SESSION) == {
        "session_id": SESSION,
        "total_questions": 3,
        "average_qpm": 0.75,
        "peak_qpm": 1,
        "analysis_window": "session_duration",
    }


def test_only_ada_answered_all_three_questions() -> None:
    assert report("completion-rate", session_id=SESSION) == {
        "session_id": SESSION,
        "total_students": 4,
        "completed_students": 1,
        "completion_rate": 25.0,
        "total_questions": 3,
        "average_completion": 66.67,  # Ada 3, Ben 2, Cleo 2, Dan 1 of 3: 8/12
        "analysis": {"retention_level": "concerning", "benchmark": 25.0},
    }


def test_the_completion_benchmark_is_the_mean_of_the_classrooms_sessions() -> None:
    # Ten days before one of four answered the only question: 25 % too. Here 25 %.
    body = REPORTS["completion-rate"](WITH_EARLIER_SESSION, session_id=SESSION)
    assert body["analysis"]["benchmark"] == 25.0


def test_question_2_lost_half_of_the_class() -> None:
    body = report("dropoff-analysis", session_id=SESSION)
    rows = [tuple(point.values()) for point in body["dropoff_points"]]
    assert rows == [(Q1, 1, 4, 4, 0.0), (Q2, 2, 4, 2, 50.0), (Q3, 3, 2, 2, 0.0)]
    assert body["analysis"] == {
        "critical_points": [Q2],
        "recommendations": ["Question 2 lost 2 of 4 students: check its wording and its timer."],
    }


@pytest.mark.parametrize(
    ("question_id", "answered", "rate", "level"),
    [(Q1, 4, 100.0, "excellent"), (Q2, 2, 50.0, "low"), (Q3, 2, 50.0, "low")],
)
def test_response_rates_count_the_roster_and_neither_skips_nor_the_guest(
    question_id: str, answered: int, rate: float, level: str
) -> None:
    body = report("response-rate", session_id=SESSION, question_id=question_id)
    assert (body["students_received"], body["students_answered"], body["response_rate"]) == (4, answered, rate)
    # 8 of 12 possible answers: 4 + 2 + 2.
    assert body["analysis"] == {"engagement_level": level, "benchmark": 66.67}


def test_latencies_of_question_1_are_10_18_60_and_90_seconds() -> None:
    assert report("latency-analysis", session_id=SESSION, question_id=Q1) == {
        "session_id": SESSION,
        "question_id": Q1,
        "first_answer_latency": "10.00s",
        "first_answer_latency_seconds": 10.0,
        "average_latency": "44.50s",
        "average_latency_seconds": 44.5,
        "median_latency": "39.00s",
        "median_latency_seconds": 39.0,
        "p95_latency": "90.00s",
        "p95_latency_seconds": 90.0,
        # All nine answers: 10 + 18 + 60 + 90 + 6 + 20 + 24 + 30 + 40 = 298 s.
        "analysis": {"speed_rating": "slow", "benchmark": 33.11},
    }


def test_dan_ran_out_of_time_and_cleo_at_the_last_second_did_not() -> None:
    assert report("timeout-analysis", session_id=SESSION, question_id=Q1) == {
        "session_id": SESSION,
        "question_id": Q1,
        "total_students": 4,
        "timeout_count": 1,
        "skipped_count": 0,
        "timeout_rate": 25.0,
        "skipped_rate": 0.0,
        "late_count": 1,
        "analysis": {
            "difficulty_indicator": "moderate_difficulty",
            "recommendation": "Some students did not answer in time: check the wording and the timer.",
        },
    }


def test_question_2_was_skipped_by_ben_and_missed_by_dan() -> None:
    body = report("timeout-analysis", session_id=SESSION, question_id=Q2)
    assert (body["timeout_rate"], body["skipped_rate"], body["late_count"]) == (25.0, 25.0, 0)
    assert body["analysis"]["difficulty_indicator"] == "high_difficulty"


def test_the_row_of_the_session_in_its_classrooms_and_its_quizs_list() -> None:
    row = {
        "session_id": SESSION,
        "quiz_title": "Fractions",
        "classroom_name": "Class 7b",
        "started_at": "2026-03-02T10:00:00Z",
        "duration": "0h 10m 0s",
        "duration_seconds": 600.0,
        "total_students": 4,
        "participating_students": 4,
        "total_questions": 3,
        "average_accuracy": 71.43,
        "completion_rate": 25.0,
        "engagement_score": 62.5,  # of 100 % participation and 25 % completion
    }
    assert report("classroom-sessions", classroom_id=CLASSROOM)["sessions"] == [row]
    assert report("quiz-sessions", quiz_id=QUIZ)["sessions"] == [row]


def test_sessions_are_listed_newest_first() -> None:
    body = REPORTS["classroom-sessions"](WITH_EARLIER_SESSION, classroom_id=CLASSROOM)
    assert [row["started_at"] for row in body["sessions"]] == ["2026-03-02T10:00:00Z", "2026-02-20T10:00:00Z"]
    assert body["summary"] == {"total_sessions": 2, "page_sessions": 2}


def test_the_ranking_goes_by_accuracy_then_correct_answers_then_speed() -> None:
    body = report("session-student-rankings", session_id=SESSION)
    columns = ("student_id", "accuracy_rate", "correct_answers", "average_response_time_seconds", "rank")
    assert [tuple(row[column] for column in columns) for row in body["rankings"]] == [
        (ADA, 100.0, 2, 15.33, 1),  # (10 + 6 + 30) / 3
        (EVE, 100.0, 1, 20.0, 2),
        (DAN, 100.0, 1, 90.0, 3),
        (CLEO, 50.0, 1, 42.0, 4),  # (60 + 24) / 2
        (BEN, 0.0, 0, 29.0, 5),  # (18 + 40) / 2
    ]
    assert [row["percentile"] for row in body["rankings"]] == [100.0, 75.0, 50.0, 25.0, 0.0]


def test_an_unknown_session_gives_zeros_empty_lists_and_unknown() -> None:
    unknown = {"session_id": "ffffffff-ffff-4fff-8fff-ffffffffffff"}
    assert report("active-participants", **unknown)["active_participants"] == []
    assert report("questions-per-minute", **unknown)["average_qpm"] == 0
    assert report("completion-rate", **unknown)["analysis"]["retention_level"] == "unknown"
    assert report("dropoff-analysis", **unknown)["analysis"]["recommendations"] == []
    assert report("latency-analysis", **unknown, question_id=Q1)["average_latency"] is None
    assert report("timeout-analysis", **unknown, question_id=Q1)["timeout_rate"] is None
    assert report("response-rate", **unknown, question_id=Q1)["students_received"] == 0
    assert report("session-student-rankings", **unknown)["rankings"] == []
