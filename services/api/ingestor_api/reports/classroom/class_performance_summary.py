"""class-performance-summary: how a classroom does, over all its sessions."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from pydantic import Field

from ingestor_api.reports import bands
from ingestor_api.reports.exact import mean_seconds, percent, shown
from ingestor_api.reports.parameters import OfClassroom
from ingestor_api.reports.report import Body, Report, Row
from ingestor_api.reports.scopes import ROSTER


class PerformanceSummary(Body):
    classroom_id: UUID
    classroom_name: str = Field(description="Empty when the catalog does not name the classroom.")
    total_students: int = Field(description="Students of the roster.")
    participating_students: int = Field(description="Of them, those with an answer.")
    overall_accuracy: float | None = Field(description="100 x correct / graded answers, of everyone.")
    overall_participation_rate: float | None = Field(description="100 x participating / total students.")
    total_quizzes_taken: int = Field(description="Distinct quizzes of the sessions with an answer.")
    total_questions_answered: int = Field(description="Answers, of everyone.")
    average_response_time_seconds: float | None
    session_count: int


class PerformanceInsights(Body):
    performance_level: str = Field(description="Word for overall_accuracy.")
    participation_level: str = Field(description="Word for overall_participation_rate.")
    engagement_quality: str = Field(description="By answers a participating student.")
    response_speed: str = Field(description="Word for average_response_time_seconds.")


class Benchmarks(Body):
    """What a class may aim at."""

    target_accuracy: int = Field(default=75, description="Percent.")
    target_participation: int = Field(default=80, description="Percent.")
    optimal_response_time: int = Field(default=30, description="Seconds.")


class ClassPerformance(Body):
    """A classroom over all its sessions."""

    performance_summary: PerformanceSummary
    insights: PerformanceInsights
    benchmarks: Benchmarks


STATEMENT: Final = f"""
    WITH scope AS (SELECT session_id, quiz_id FROM sessions WHERE classroom_id = $1),
    classes AS (SELECT $1::uuid AS classroom_id),
    {ROSTER},
    answers AS MATERIALIZED (
        SELECT quiz_id, student_id, answers, graded, correct, response_ms, responses
        FROM scope CROSS JOIN LATERAL (
            SELECT * FROM session_students WHERE session_id = scope.session_id AND answers > 0 OFFSET 0
        ) st
    )
    SELECT coalesce((SELECT name FROM classrooms WHERE classroom_id = $1), '') AS name,
           (SELECT count(*) FROM roster) AS students,
           (SELECT count(*) FROM roster WHERE student_id IN (SELECT student_id FROM answers)) AS participants,
           (SELECT count(*) FROM scope) AS sessions, count(DISTINCT quiz_id) AS quizzes,
           coalesce(sum(answers), 0)::bigint AS answers, coalesce(sum(graded), 0)::bigint AS graded,
           coalesce(sum(correct), 0)::bigint AS correct, coalesce(sum(response_ms), 0)::bigint AS response_ms,
           coalesce(sum(responses), 0)::bigint AS responses
    FROM answers
"""


def class_performance_summary(asked: OfClassroom, rows: Sequence[Row]) -> ClassPerformance:
    """Accuracy and speed over all answers of the classroom's sessions, and participation of its roster."""
    (row,) = rows
    accuracy = percent(row["correct"], row["graded"])
    participation = percent(row["participants"], row["students"])
    seconds = mean_seconds(row["response_ms"], row["responses"])
    return ClassPerformance(
        performance_summary=PerformanceSummary(
            classroom_id=asked.classroom_id,
            classroom_name=row["name"],
            total_students=row["students"],
            participating_students=row["participants"],
            overall_accuracy=shown(accuracy),
            overall_participation_rate=shown(participation),
            total_quizzes_taken=row["quizzes"],
            total_questions_answered=row["answers"],
            average_response_time_seconds=shown(seconds),
            session_count=row["sessions"],
        ),
        insights=PerformanceInsights(
            performance_level=bands.performance_level(accuracy),
            participation_level=bands.participation_level(participation),
            engagement_quality=bands.engagement_quality(row["answers"], row["participants"]),
            response_speed=bands.response_speed(seconds),
        ),
        benchmarks=Benchmarks(),
    )


REPORT: Final = Report(
    name="class-performance-summary",
    title="How a classroom does, over all its sessions",
    asked=OfClassroom,
    body=ClassPerformance,
    statement=STATEMENT,
    arguments=lambda asked, now: (asked.classroom_id,),
    build=class_performance_summary,
)
