"""classroom-sessions: the sessions of a classroom, newest first."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from ingestor_api.reports.pages import Pagination, listed, pagination
from ingestor_api.reports.parameters import OfClassroom, Paged
from ingestor_api.reports.report import Body, Report, Row
from ingestor_api.reports.session_rows import ListedSession, SessionsSummary, listed_sessions, statement


class ClassroomSessionsAsked(Paged, OfClassroom):
    """A page of a classroom's sessions."""


class ClassroomSessions(Body):
    """The sessions of a classroom."""

    classroom_id: UUID
    pagination: Pagination
    sessions: list[ListedSession]
    summary: SessionsSummary


STATEMENT: Final = statement("classroom_id")


def classroom_sessions(asked: ClassroomSessionsAsked, rows: Sequence[Row]) -> ClassroomSessions:
    """The sessions of a classroom, newest first (then by session_id), each with its own numbers."""
    sessions = listed_sessions(listed(rows))
    return ClassroomSessions(
        classroom_id=asked.classroom_id,
        pagination=pagination(asked, rows),
        sessions=sessions,
        summary=SessionsSummary(total_sessions=rows[0]["total"], page_sessions=len(sessions)),
    )


REPORT: Final = Report(
    name="classroom-sessions",
    title="The sessions of a classroom, newest first",
    asked=ClassroomSessionsAsked,
    body=ClassroomSessions,
    statement=STATEMENT,
    arguments=lambda asked, now: (asked.classroom_id, asked.after, asked.up_to),
    build=classroom_sessions,
)
