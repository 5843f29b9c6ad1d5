"""quiz-sessions: the sessions of a quiz, newest first."""

from typing import Final
from uuid import UUID

from ingestor_api.reports.pages import Pagination
from ingestor_api.reports.parameters import OfQuiz, Paged
from ingestor_api.reports.report import Body
from ingestor_api.reports.session_lists import ListedSession, SessionsSummary, session_list


class QuizSessionsAsked(Paged, OfQuiz):
    """A page of a quiz's sessions."""


class QuizSessions(Body):
    """The sessions of a quiz."""

    quiz_id: UUID
    pagination: Pagination
    sessions: list[ListedSession]
    summary: SessionsSummary


REPORT: Final = session_list(
    "quiz_id",
    name="quiz-sessions",
    title="The sessions of a quiz, newest first",
    asked=QuizSessionsAsked,
    body=QuizSessions,
)
