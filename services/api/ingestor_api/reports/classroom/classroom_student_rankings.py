"""classroom-student-rankings: the students of a classroom, best first."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from ingestor_api.reports.pages import Pagination, listed, pagination
from ingestor_api.reports.parameters import OfClassroom, Paged
from ingestor_api.reports.rankings import RANKED, RankedStudent, RankingsSummary, ranked_students
from ingestor_api.reports.report import Body, Report, Row


class ClassroomRankingsAsked(Paged, OfClassroom):
    """A page of a classroom's ranking."""


class ClassroomStudentRankings(Body):
    """Everyone who answered in the classroom, best first."""

    classroom_id: UUID
    pagination: Pagination
    rankings: list[RankedStudent]
    summary: RankingsSummary


STATEMENT: Final = f"WITH scope AS (SELECT session_id FROM sessions WHERE classroom_id = $1), {RANKED}"


def classroom_student_rankings(asked: ClassroomRankingsAsked, rows: Sequence[Row]) -> ClassroomStudentRankings:
    """Everyone with an answer in any session of the classroom, guests too: by accuracy (unknown last), then correct
    answers, then mean response time (unknown last). Equal students share a rank, in order of student_id."""
    students = ranked_students(listed(rows))
    return ClassroomStudentRankings(
        classroom_id=asked.classroom_id,
        pagination=pagination(asked, rows),
        rankings=students,
        summary=RankingsSummary(total_students=rows[0]["total"], page_students=len(students)),
    )


REPORT: Final = Report(
    name="classroom-student-rankings",
    title="The students of a classroom, best first",
    asked=ClassroomRankingsAsked,
    body=ClassroomStudentRankings,
    statement=STATEMENT,
    arguments=lambda asked, now: (asked.classroom_id, asked.after, asked.up_to),
    build=classroom_student_rankings,
)
