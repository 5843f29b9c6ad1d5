"""classroom-sessions: the sessions of a classroom, newest first."""

from typing import Final
from uuid import UUID

from ingestor_api.reports.pages import Pagination, paged_report
from ingestor_api.reports.parameters import OfClassroom, Paged
from ingestor_api.reports.report import Body
from ingestor_api.reports.session_lists import ListedSession, SessionsSummary, page_of_sessions, statement


class ClassroomSessionsAsked(Paged, OfClassroom):
    """A page of a classroom's sessions."""


class ClassroomSessions(Body):
    """The sessions of a classroom."""

    classroom_id: UUID
    pagination: Pagination
    sessions: list[ListedSession]
    summary: SessionsSummary


REPORT: Final = paged_report(
    "classroom_id",
    name="classroom-sessions",
    title="The sessions of a classroom, newest first",
    asked=ClassroomSessionsAsked,
    body=ClassroomSessions,
    statement=statement("classroom_id"),
    parts=page_of_sessions,
)
