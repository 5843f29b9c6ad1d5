"""classroom-student-rankings: the students of a classroom, best first."""

from typing import Final
from uuid import UUID

from ingestor_api.reports.pages import Pagination, paged_report
from ingestor_api.reports.parameters import OfClassroom, Paged
from ingestor_api.reports.report import Body
from ingestor_api.reports.student_rankings import RankedStudent, RankingsSummary, page_of_students, statement


class ClassroomRankingsAsked(Paged, OfClassroom):
    """A page of a classroom's ranking."""


class ClassroomStudentRankings(Body):
    """Everyone who answered in the classroom, best first."""

    classroom_id: UUID
    pagination: Pagination
    rankings: list[RankedStudent]
    summary: RankingsSummary


REPORT: Final = paged_report(
    "classroom_id",
    name="classroom-student-rankings",
    title="The students of a classroom, best first",
    asked=ClassroomRankingsAsked,
    body=ClassroomStudentRankings,
    statement=statement("SELECT session_id FROM sessions WHERE classroom_id = $1"),
    parts=page_of_students,
)
