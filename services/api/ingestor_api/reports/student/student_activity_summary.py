"""student-activity-summary: how a student takes part in a classroom."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from pydantic import Field

from ingestor_api.reports import bands
from ingestor_api.reports.exact import mean_seconds, percent, ratio, shown
from ingestor_api.reports.parameters import OfStudentInClassroom
from ingestor_api.reports.report import Body, Report, Row
from ingestor_api.reports.student.attended import ATTENDED, performance_trend


class ActivitySummary(Body):
    student_id: UUID
    student_name: str = Field(description="Empty when the catalog does not name the student.")
    classroom_id: UUID
    classroom_name: str = Field(description="Empty when the catalog does not name the classroom.")
    total_sessions_participated: int = Field(description="Sessions with an answer of the student.")
    unique_quizzes_taken: int = Field(description="Distinct quizzes of those sessions.")
    total_questions_answered: int = Field(description="Answers; skips are none.")
    overall_accuracy: float | None = Field(description="100 x correct / graded answers.")
    average_response_time_seconds: float | None
    first_activity: datetime | None = Field(description="The student's first answer.")
    last_activity: datetime | None = Field(description="The student's last answer.")


class ActivityInsights(Body):
    activity_level: str = Field(description="Word for total_sessions_participated.")
    performance_trend: str = Field(description="improving, declining, stable (within 5 points) or insufficient_data.")
    engagement_consistency: str = Field(description="By quizzes a session; no_data without a session.")
    response_efficiency: str = Field(description="Word for average_response_time_seconds.")


class ActivityMetrics(Body):
    questions_per_session: float | None = Field(description="Answers a session.")
    quiz_variety_score: float | None = Field(description="100 x quizzes / sessions.")


class StudentActivity(Body):
    """All answers of the student in the classroom's sessions."""

    activity_summary: ActivitySummary
    insights: ActivityInsights
    metrics: ActivityMetrics


STATEMENT: Final = f"""
    WITH {ATTENDED}
    SELECT done.*, coalesce((SELECT name FROM students WHERE student_id = $1), '') AS student_name,
           coalesce((SELECT name FROM classrooms WHERE classroom_id = $2), '') AS classroom_name
    FROM done
"""


def student_activity_summary(asked: OfStudentInClassroom, rows: Sequence[Row]) -> StudentActivity:
    """Sessions, quizzes and answers of a student in a classroom; a session counts when the student answered in it."""
    (row,) = rows
    sessions, quizzes = row["sessions"], row["quizzes"]
    seconds = mean_seconds(row["response_ms"], row["responses"])
    return StudentActivity(
        activity_summary=ActivitySummary(
            student_id=asked.student_id,
            student_name=row["student_name"],
            classroom_id=asked.classroom_id,
            classroom_name=row["classroom_name"],
            total_sessions_participated=sessions,
            unique_quizzes_taken=quizzes,
            total_questions_answered=row["answers"],
            overall_accuracy=shown(percent(row["correct"], row["graded"])),
            average_response_time_seconds=shown(seconds),
            first_activity=row["first_activity"],
            last_activity=row["last_activity"],
        ),
        insights=ActivityInsights(
            activity_level=bands.student_activity_level(sessions),
            performance_trend=performance_trend(row),
            engagement_consistency=bands.engagement_consistency(quizzes, sessions),
            response_efficiency=bands.response_speed(seconds),
        ),
        metrics=ActivityMetrics(
            questions_per_session=shown(ratio(row["answers"], sessions)),
            quiz_variety_score=shown(percent(quizzes, sessions)),
        ),
    )


REPORT: Final = Report(
    name="student-activity-summary",
    title="How a student takes part in a classroom",
    asked=OfStudentInClassroom,
    body=StudentActivity,
    statement=STATEMENT,
    arguments=lambda asked, now: (asked.student_id, asked.classroom_id),
    build=student_activity_summary,
)
