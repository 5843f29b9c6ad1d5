"""quiz-sessions: the sessions of a quiz, newest first."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from ingestor_api.reports.pages import Pagination, listed, pagination
from ingestor_api.reports.parameters import OfQuiz, Paged
from ingestor_api.reports.report import Body, Report, Row
from ingestor_api.reports.session_rows import ListedSession, SessionsSummary, listed_sessions, statement


class QuizSessionsAsked(Paged, OfQuiz):
    """A page of a quiz's sessions."""


class QuizSessions(Body):
    """The sessions of a quiz."""

    quiz_id: UUID
    pagination: Pagination
    sessions: list[ListedSession]
    summary: SessionsSummary


STATEMENT: Final = statement("quiz_id")


def quiz_sessions(asked: QuizSessionsAsked, rows: Sequence[Row]) -> QuizSessions:
    """The sessions of a quiz, newest first (then by session_id), each with its own numbers."""
    sessions = listed_sessions(listed(rows))
    return QuizSessions(
        quiz_id=asked.quiz_id,
        pagination=pagination(asked, rows),
        sessions=sessions,
        summary=SessionsSummary(total_sessions=rows[0]["total"], page_sessions=len(sessions)),
    )


REPORT: Final = Report(
    name="quiz-sessions",
    title="The sessions of a quiz, newest first",
    asked=QuizSessionsAsked,
    body=QuizSessions,
    statement=STATEMENT,
    arguments=lambda asked, now: (asked.quiz_id, asked.after, asked.up_to),
    build=quiz_sessions,
)
