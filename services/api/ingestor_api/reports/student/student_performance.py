"""student-performance: how a student does in a classroom."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from pydantic import Field

from ingestor_api.reports.exact import mean_seconds, percent, seconds_text, shown
from ingestor_api.reports.parameters import OfStudentInClassroom
from ingestor_api.reports.report import Body, Report, Row
from ingestor_api.reports.student.attended import ATTENDED, performance_trend


class StudentPerformance(Body):
    """All answers of the student in the classroom's sessions."""

    student_id: UUID
    classroom_id: UUID
    questions_attempted: int = Field(description="Answers; skips are none.")
    correct_answers: int
    overall_accuracy_percent: float | None = Field(description="100 x correct / graded answers.")
    average_response_time: str | None = Field(description='Text of the seconds: "12.40s".')
    average_response_time_seconds: float | None
    performance_trend: str = Field(description="improving, declining, stable (within 5 points) or insufficient_data.")


STATEMENT: Final = f"WITH {ATTENDED} SELECT * FROM done"


def student_performance(asked: OfStudentInClassroom, rows: Sequence[Row]) -> StudentPerformance:
    """Attempts, accuracy and speed; the trend compares the later half of the sessions in which the student has a
    graded answer with the earlier half."""
    (row,) = rows
    seconds = mean_seconds(row["response_ms"], row["responses"])
    return StudentPerformance(
        student_id=asked.student_id,
        classroom_id=asked.classroom_id,
        questions_attempted=row["answers"],
        correct_answers=row["correct"],
        overall_accuracy_percent=shown(percent(row["correct"], row["graded"])),
        average_response_time=seconds_text(seconds),
        average_response_time_seconds=shown(seconds),
        performance_trend=performance_trend(row),
    )


REPORT: Final = Report(
    name="student-performance",
    title="How a student does in a classroom",
    asked=OfStudentInClassroom,
    body=StudentPerformance,
    statement=STATEMENT,
    arguments=lambda asked, now: (asked.student_id, asked.classroom_id),
    build=student_performance,
)
