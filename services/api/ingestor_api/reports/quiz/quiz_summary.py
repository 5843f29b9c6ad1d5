"""quiz-summary: where and how often a quiz was used, and how it went."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from pydantic import Field

from ingestor_api.reports import bands
from ingestor_api.reports.exact import shown
from ingestor_api.reports.parameters import OfQuiz
from ingestor_api.reports.quiz.scores import QUIZ_FACTS, quiz_scores
from ingestor_api.reports.report import Body, Report, Row


class QuizUsage(Body):
    total_sessions: int
    total_classrooms: int = Field(description="Distinct classrooms of its sessions.")
    total_students: int = Field(description="Distinct students with an answer, guests too.")
    total_questions: int = Field(description="Questions the catalog has for the quiz or its sessions asked.")
    first_used: datetime | None = Field(description="Start of its earliest session.")
    last_used: datetime | None = Field(description="Start of its latest session.")


class QuizPerformance(Body):
    average_accuracy: float | None = Field(description="100 x correct / graded answers.")
    average_completion: float | None = Field(
        description="Mean over its sessions of the mean share of published questions that roster students answered."
    )
    overall_engagement: float | None = Field(description="Mean participation of its sessions, in percent.")
    effectiveness_score: float | None = Field(description="Mean of average_accuracy and overall_engagement.")


class QuizInsights(Body):
    performance_rating: str = Field(description="Word for average_accuracy.")
    usage_frequency: str = Field(description="Word for total_sessions: high, moderate, low or minimal.")
    reach: str = Field(description="Word for total_classrooms: wide, moderate, limited or single_classroom.")


class QuizSummary(Body):
    """A quiz over all its sessions."""

    quiz_id: UUID
    title: str = Field(description="Empty when the catalog does not name the quiz.")
    usage_statistics: QuizUsage
    performance_metrics: QuizPerformance
    insights: QuizInsights


STATEMENT: Final = f"""
    WITH {QUIZ_FACTS}
    SELECT alike.*,
           coalesce((SELECT title FROM quizzes WHERE quiz_id = $1), '') AS title,
           (SELECT count(*) FROM classes) AS classrooms,
           (SELECT count(*) FROM (SELECT DISTINCT student_id FROM present WHERE participated) p) AS everyone,
           (SELECT count(*) FROM (
                SELECT question_id FROM scope CROSS JOIN LATERAL (
                    SELECT question_id FROM session_questions WHERE session_id = scope.session_id OFFSET 0
                ) asked
                UNION SELECT question_id FROM questions WHERE quiz_id = $1
           ) q) AS questions,
           (SELECT min(started_at) FROM scope) AS first_used, (SELECT max(started_at) FROM scope) AS last_used
    FROM alike
"""


def quiz_summary(asked: OfQuiz, rows: Sequence[Row]) -> QuizSummary:
    """A quiz's use and results over all sessions, in every classroom."""
    (row,) = rows
    scores = quiz_scores(row)
    return QuizSummary(
        quiz_id=asked.quiz_id,
        title=row["title"],
        usage_statistics=QuizUsage(
            total_sessions=row["total_sessions"],
            total_classrooms=row["classrooms"],
            total_students=row["everyone"],
            total_questions=row["questions"],
            first_used=row["first_used"],
            last_used=row["last_used"],
        ),
        performance_metrics=QuizPerformance(
            average_accuracy=shown(scores.accuracy),
            average_completion=shown(scores.completion),
            overall_engagement=shown(scores.engagement),
            effectiveness_score=shown(scores.effectiveness),
        ),
        insights=QuizInsights(
            performance_rating=bands.performance_rating(scores.accuracy),
            usage_frequency=bands.usage_frequency(row["total_sessions"]),
            reach=bands.reach(row["classrooms"]),
        ),
    )


REPORT: Final = Report(
    name="quiz-summary",
    title="Where and how often a quiz was used, and how it went",
    asked=OfQuiz,
    body=QuizSummary,
    statement=STATEMENT,
    arguments=lambda asked, now: (asked.quiz_id,),
    build=quiz_summary,
)
