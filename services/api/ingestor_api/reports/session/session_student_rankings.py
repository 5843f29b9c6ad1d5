"""session-student-rankings: the students of a session, best first."""

from typing import Final
from uuid import UUID

from ingestor_api.reports.pages import Pagination, paged_report
from ingestor_api.reports.parameters import OfSession, Paged
from ingestor_api.reports.report import Body
from ingestor_api.reports.student_rankings import RankedStudent, RankingsSummary, page_of_students, statement


class SessionRankingsAsked(Paged, OfSession):
    """A page of a session's ranking."""


class SessionStudentRankings(Body):
    """Everyone who answered in the session, best first."""

    session_id: UUID
    pagination: Pagination
    rankings: list[RankedStudent]
    summary: RankingsSummary


REPORT: Final = paged_report(
    "session_id",
    name="session-student-rankings",
    title="The students of a session, best first",
    asked=SessionRankingsAsked,
    body=SessionStudentRankings,
    statement=statement("SELECT $1::uuid AS session_id"),
    parts=page_of_students,
)
