"""Reports on the class, the quiz, its questions and students, worked out by hand on the small session.

Ten days before it, in the period before the last 7 days, Ada alone answered question 1, wrongly, in 8 s.
"""

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
    SMALL_SESSION,
    WITH_EARLIER_SESSION,
)


def report(name: str, **parameters: object) -> Body:
    return REPORTS[name](SMALL_SESSION, **parameters)


def with_earlier(name: str, **parameters: object) -> Body:
    return REPORTS[name](WITH_EARLIER_SESSION, **parameters)


def test_the_weeks_engagement_against_the_week_before() -> None:
    assert with_earlier("classroom-engagement", classroom_id=CLASSROOM) == {
        "classroom_id": CLASSROOM,
        "date_range": "7d",
        "total_students": 4,
        "active_students": 4,
        "engagement_rate_percent": 100.0,
        "average_accuracy_percent": 71.43,  # 5 of 7
        "total_questions": 3,
        "response_rate_percent": 66.67,  # 8 of 12
        # From 1 of 4 students and 0 of 1 correct.
        "trends": {"engagement": "increasing", "accuracy": "improving"},
    }


def test_without_a_week_before_there_is_no_trend() -> None:
    trends = report("classroom-engagement", classroom_id=CLASSROOM)["trends"]
    assert trends == {"engagement": "insufficient_data", "accuracy": "insufficient_data"}


def test_the_history_has_a_row_for_each_day_with_sessions_newest_first() -> None:
    body = with_earlier("classroom-engagement-history", classroom_id=CLASSROOM, date_range="30d")
    newest, oldest = body["engagement_history"]
    assert (newest["date"], newest["active_students"], newest["response_rate_percent"]) == ("2026-03-02", 4, 66.67)
    assert newest["trends"] == {"engagement": "increasing", "accuracy": "improving"}
    assert (oldest["date"], oldest["engagement_rate_percent"], oldest["total_questions"]) == ("2026-02-20", 25.0, 1)
    assert oldest["trends"] == {"engagement": "insufficient_data", "accuracy": "insufficient_data"}
    assert body["summary"] == {"total_periods": 2, "page_periods": 2}


def test_the_older_day_counts_for_the_trend_also_when_it_is_on_another_page() -> None:
    body = with_earlier("classroom-engagement-history", classroom_id=CLASSROOM, date_range="30d", page_size=1)
    assert body["engagement_history"][0]["trends"]["engagement"] == "increasing"


def test_the_overview_of_the_class() -> None:
    assert with_earlier("classroom-overview", classroom_id=CLASSROOM) == {
        "overview": {
            "classroom_id": CLASSROOM,
            "classroom_name": "Class 7b",
            "total_students": 4,
            "active_students": 4,
            "total_sessions": 2,
            "recent_sessions": 1,
            "last_activity": "2026-03-02T10:10:00Z",
            "created_at": "2026-02-20T10:00:00Z",
        },
        "insights": {
            "activity_level": "high",  # 1 of 2 sessions in the last week
            "engagement_status": "highly_engaged",
            "growth_trend": "steady",
        },
        "summary": {"participation_rate": 100.0, "activity_score": 50.0},
    }


def test_the_performance_of_the_class() -> None:
    assert report("class-performance-summary", classroom_id=CLASSROOM) == {
        "performance_summary": {
            "classroom_id": CLASSROOM,
            "classroom_name": "Class 7b",
            "total_students": 4,
            "participating_students": 4,
            "overall_accuracy": 71.43,
            "overall_participation_rate": 100.0,
            "total_quizzes_taken": 1,
            "total_questions_answered": 9,
            "average_response_time_seconds": 33.11,
            "session_count": 1,
        },
        "insights": {
            "performance_level": "satisfactory",
            "participation_level": "outstanding",
            "engagement_quality": "light_engagement",  # 9 answers of 4 students
            "response_speed": "moderate",
        },
        "benchmarks": {"target_accuracy": 75, "target_participation": 80, "optimal_response_time": 30},
    }


def test_the_effectiveness_of_the_quiz() -> None:
    assert report("content-effectiveness", quiz_id=QUIZ) == {
        "quiz_id": QUIZ,
        "total_questions": 3,
        "average_accuracy": 71.43,
        "overall_engagement": 100.0,
        "effectiveness_score": 85.71,  # (500/7 + 100) / 2 = 1200/14
        "recommendations": [
            "The difficulty suits the students: keep it.",
            "Nearly everyone takes part: keep the format.",
        ],
        "content_analysis": {
            "difficulty_level": "appropriate",
            "engagement_level": "excellent",
            "optimization_suggestions": ["Add the answer key of 1 of 3 questions: their answers cannot be graded."],
        },
    }


def test_the_summary_of_the_quiz_over_both_sessions() -> None:
    assert with_earlier("quiz-summary", quiz_id=QUIZ) == {
        "quiz_id": QUIZ,
        "title": "Fractions",
        "usage_statistics": {
            "total_sessions": 2,
            "total_classrooms": 1,
            "total_students": 5,  # the guest too
            "total_questions": 3,
            "first_used": "2026-02-20T10:00:00Z",
            "last_used": "2026-03-02T10:00:00Z",
        },
        "performance_metrics": {
            "average_accuracy": 62.5,  # 5 of 8
            "average_completion": 45.83,  # of 8/12 and 1/4
            "overall_engagement": 62.5,  # of 4/4 and 1/4
            "effectiveness_score": 62.5,
        },
        "insights": {
            "performance_rating": "average",
            "usage_frequency": "minimal",
            "reach": "single_classroom",
        },
    }


def test_the_analysis_of_question_1_over_both_sessions() -> None:
    assert with_earlier("question-analysis", question_id=Q1) == {
        "question_id": Q1,
        "quiz_id": QUIZ,
        "usage_stats": {"total_attempts": 5, "correct_attempts": 3, "usage_count": 2},
        "performance_metrics": {
            "accuracy_rate": 60.0,
            "average_response_time": "37.20s",  # (10 + 18 + 60 + 90 + 8) / 5
            "average_response_time_seconds": 37.2,
            "difficulty_rating": 40.0,
        },
        "answer_distribution": {"A": 2, "B": 3},
        "other_answers": 0,
        "insights": {
            "difficulty_level": "challenging",
            "response_quality": "slow",
            "effectiveness": "effective",
        },
    }


def test_the_questions_of_the_quiz_in_the_order_they_were_asked() -> None:
    body = report("quiz-questions-list", quiz_id=QUIZ)
    columns = ("question_id", "total_attempts", "correct_attempts", "accuracy_rate", "usage_count")
    assert [tuple(row[column] for column in columns) for row in body["questions"]] == [
        (Q1, 4, 3, 75.0, 1),
        (Q2, 3, 2, 66.67, 1),
        (Q3, 2, 0, None, 1),
    ]
    assert body["questions"][2]["answer_distribution"] == {"3/4": 1, "4/3": 1}
    assert body["summary"] == {"total_questions": 3, "page_questions": 3}


def test_adas_performance_improved_from_wrong_to_right() -> None:
    assert with_earlier("student-performance", student_id=ADA, classroom_id=CLASSROOM) == {
        "student_id": ADA,
        "classroom_id": CLASSROOM,
        "questions_attempted": 4,
        "correct_answers": 2,
        "overall_accuracy_percent": 66.67,
        "average_response_time": "13.50s",  # (10 + 6 + 30 + 8) / 4
        "average_response_time_seconds": 13.5,
        "performance_trend": "improving",
    }


def test_the_list_of_students_is_the_roster_by_name() -> None:
    body = report("student-performance-list", classroom_id=CLASSROOM)
    columns = ("student_name", "student_id", "questions_attempted", "correct_answers", "overall_accuracy")
    assert [tuple(row[column] for column in columns) for row in body["students"]] == [
        ("Ada", ADA, 3, 2, 100.0),
        ("Ben", BEN, 2, 0, 0.0),
        ("Cleo", CLEO, 2, 1, 50.0),
        ("Dan", DAN, 1, 1, 100.0),
    ]


def test_adas_activity() -> None:
    assert with_earlier("student-activity-summary", student_id=ADA, classroom_id=CLASSROOM) == {
        "activity_summary": {
            "student_id": ADA,
            "student_name": "Ada",
            "classroom_id": CLASSROOM,
            "classroom_name": "Class 7b",
            "total_sessions_participated": 2,
            "unique_quizzes_taken": 1,
            "total_questions_answered": 4,
            "overall_accuracy": 66.67,
            "average_response_time_seconds": 13.5,
            "first_activity": "2026-02-20T10:00:08Z",
            "last_activity": "2026-03-02T10:05:30Z",
        },
        "insights": {
            "activity_level": "moderately_active",
            "performance_trend": "improving",
            "engagement_consistency": "somewhat_consistent",  # 1 quiz in 2 sessions
            "response_efficiency": "fast",
        },
        "metrics": {"questions_per_session": 2.0, "quiz_variety_score": 50.0},
    }


def test_the_ranking_of_the_class_has_everyone_who_ever_answered() -> None:
    body = with_earlier("classroom-student-rankings", classroom_id=CLASSROOM)
    # Ada's early mistake puts her behind Eve and Dan: 2 of 3 graded answers.
    assert [row["student_id"] for row in body["rankings"]] == [EVE, DAN, ADA, CLEO, BEN]
    assert [row["sessions_participated"] for row in body["rankings"]] == [1, 1, 2, 1, 1]
    assert body["summary"] == {"total_students": 5, "page_students": 5}
