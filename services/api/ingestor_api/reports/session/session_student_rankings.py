"""session-student-rankings: the students of a session, best first."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from ingestor_api.reports.pages import Pagination, listed, pagination
from ingestor_api.reports.parameters import OfSession, Paged
from ingestor_api.reports.rankings import RANKED, RankedStudent, RankingsSummary, ranked_students
from ingestor_api.reports.report import Body, Report, Row


class SessionRankingsAsked(Paged, OfSession):
    """A page of a session's ranking."""


class SessionStudentRankings(Body):
    """Everyone who answered in the session, best first."""

    session_id: UUID
    pagination: Pagination
    rankings: list[RankedStudent]
    summary: RankingsSummary


STATEMENT: Final = f"WITH scope AS (SELECT $1::uuid AS session_id), {RANKED}"


def session_student_rankings(asked: SessionRankingsAsked, rows: Sequence[Row]) -> SessionStudentRankings:
    """Everyone with an answer in the session, guests too: by accuracy (unknown last), then correct answers, then mean
    response time (unknown last). Equal students share a rank and stand in order of student_id."""
    students = ranked_students(listed(rows))
    return SessionStudentRankings(
        session_id=asked.session_id,
        pagination=pagination(asked, rows),
        rankings=students,
        summary=RankingsSummary(total_students=rows[0]["total"], page_students=len(students)),
    )


REPORT: Final = Report(
    name="session-student-rankings",
    title="The students of a session, best first",
    asked=SessionRankingsAsked,
    body=SessionStudentRankings,
    statement=STATEMENT,
    arguments=lambda asked, now: (asked.session_id, asked.after, asked.up_to),
    build=session_student_rankings,
)
