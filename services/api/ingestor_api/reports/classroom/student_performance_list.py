"""student-performance-list: every student of a classroom."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from pydantic import Field

from ingestor_api.reports.exact import mean_seconds, percent, seconds_text, shown
from ingestor_api.reports.pages import Pagination, listed, pagination
from ingestor_api.reports.parameters import OfClassroom, Paged
from ingestor_api.reports.report import Body, Report, Row
from ingestor_api.reports.scopes import ROSTER


class StudentPerformanceListAsked(Paged, OfClassroom):
    """A page of a classroom's students."""


class StudentOfList(Body):
    student_id: UUID
    student_name: str = Field(description="Empty when the catalog does not name the student.")
    questions_attempted: int = Field(description="Answers; skips are none.")
    correct_answers: int
    overall_accuracy: float | None = Field(description="100 x correct / graded answers.")
    average_response_time: str | None = Field(description='Text of the seconds: "12.40s".')
    average_response_time_seconds: float | None


class StudentListSummary(Body):
    total_students: int
    page_students: int


class StudentPerformanceList(Body):
    """The students of the roster."""

    classroom_id: UUID
    pagination: Pagination
    students: list[StudentOfList] = Field(description="By student_name (code points), then student_id.")
    summary: StudentListSummary


STATEMENT: Final = f"""
    WITH classes AS (SELECT $1::uuid AS classroom_id),
    {ROSTER},
    named AS MATERIALIZED (
        -- Looked up one by one; a join may be planned as a look at every student there is.
        SELECT student_id, coalesce((SELECT name FROM students WHERE student_id = roster.student_id), '') AS name
        FROM roster
    ),
    listed AS (
        SELECT student_id, name, row_number() OVER (ORDER BY name COLLATE "C", student_id) AS place FROM named
    ),
    sums AS MATERIALIZED (
        SELECT student_id, sum(answers)::bigint AS answers, sum(graded)::bigint AS graded,
               sum(correct)::bigint AS correct, sum(response_ms)::bigint AS response_ms,
               sum(responses)::bigint AS responses
        FROM sessions s CROSS JOIN LATERAL (
            SELECT * FROM session_students WHERE session_id = s.session_id OFFSET 0
        ) st
        WHERE s.classroom_id = $1 GROUP BY student_id
    )
    SELECT whole.total, listed.*, coalesce(answers, 0) AS answers, coalesce(graded, 0) AS graded,
           coalesce(correct, 0) AS correct, coalesce(response_ms, 0) AS response_ms,
           coalesce(responses, 0) AS responses
    FROM (SELECT count(*) AS total FROM listed) whole
    LEFT JOIN listed ON place > $2 AND place <= $3 LEFT JOIN sums USING (student_id)
    ORDER BY place
"""


def student_performance_list(asked: StudentPerformanceListAsked, rows: Sequence[Row]) -> StudentPerformanceList:
    """Each student of the roster with all answers in the classroom's sessions; who never answered has zeros."""
    students = [_student(row) for row in listed(rows)]
    return StudentPerformanceList(
        classroom_id=asked.classroom_id,
        pagination=pagination(asked, rows),
        students=students,
        summary=StudentListSummary(total_students=rows[0]["total"], page_students=len(students)),
    )


def _student(row: Row) -> StudentOfList:
    seconds = mean_seconds(row["response_ms"], row["responses"])
    return StudentOfList(
        student_id=row["student_id"],
        student_name=row["name"],
        questions_attempted=row["answers"],
        correct_answers=row["correct"],
        overall_accuracy=shown(percent(row["correct"], row["graded"])),
        average_response_time=seconds_text(seconds),
        average_response_time_seconds=shown(seconds),
    )


REPORT: Final = Report(
    name="student-performance-list",
    title="Every student of a classroom",
    asked=StudentPerformanceListAsked,
    body=StudentPerformanceList,
    statement=STATEMENT,
    arguments=lambda asked, now: (asked.classroom_id, asked.after, asked.up_to),
    build=student_performance_list,
)
