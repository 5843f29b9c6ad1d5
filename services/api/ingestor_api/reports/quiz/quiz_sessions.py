"""quiz-sessions: the sessions of a quiz, newest first."""

from typing import Final
from uuid import UUID

from ingestor_api.reports.pages import Pagination, paged_report
from ingestor_api.reports.parameters import OfQuiz, Paged
from ingestor_api.reports.report import Body
from ingestor_api.reports.session_lists import ListedSession, SessionsSummary, page_of_sessions, statement


class QuizSessionsAsked(Paged, OfQuiz):
    """A page of a quiz's sessions."""


class QuizSessions(Body):
    """The sessions of a quiz."""

    quiz_id: UUID
    pagination: Pagination
    sessions: list[ListedSession]
    summary: SessionsSummary


REPORT: Final = paged_report(
    "quiz_id",
    name="quiz-sessions",
    title="The sessions of a quiz, newest first",
    asked=QuizSessionsAsked,
    body=QuizSessions,
    statement=statement("quiz_id"),
    parts=page_of_sessions,
)
