"""session-student-rankings: the students of a session, best first."""

from typing import Final
from uuid import UUID

from ingestor_api.reports.pages import Pagination
from ingestor_api.reports.parameters import OfSession, Paged
from ingestor_api.reports.report import Body
from ingestor_api.reports.student_rankings import RankedStudent, RankingsSummary, student_rankings


class SessionRankingsAsked(Paged, OfSession):
    """A page of a session's ranking."""


class SessionStudentRankings(Body):
    """Everyone who answered in the session, best first."""

    session_id: UUID
    pagination: Pagination
    rankings: list[RankedStudent]
    summary: RankingsSummary


REPORT: Final = student_rankings(
    "session_id",
    "SELECT $1::uuid AS session_id",
    name="session-student-rankings",
    title="The students of a session, best first",
    asked=SessionRankingsAsked,
    body=SessionStudentRankings,
)
