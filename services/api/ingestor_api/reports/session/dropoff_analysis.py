"""dropoff-analysis: after which questions students stopped answering."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Final
from uuid import UUID

from pydantic import Field

from ingestor_api.reports.exact import Exact, percent, shown
from ingestor_api.reports.parameters import OfSession
from ingestor_api.reports.report import Body, Report, Row
from ingestor_api.reports.scopes import ROSTER

CRITICAL_PERCENT: Final = 25
MOST_QUESTIONS: Final = 1000
"""As many as a page of another report has rows: there is no end to those that one session may publish."""
KEEP_THE_PACE: Final = "No question lost a quarter of the students: keep the pace."


class DropoffPoint(Body):
    question_id: UUID
    question_order: int = Field(description="Place among the published questions, from 1, by first publication.")
    students_at_start: int = Field(
        description="Roster students who answered the question before; the whole roster for the first question."
    )
    students_at_end: int = Field(description="Roster students who answered this question.")
    dropoff_rate: float | None = Field(description="100 x (start - end) / start, never below 0; null when start is 0.")


class DropoffAnalysis(Body):
    critical_points: list[UUID] = Field(description="Questions with a dropoff_rate of 25 or more, in order.")
    recommendations: list[str] = Field(description="What to do about each; empty when nothing was published.")


class Dropoff(Body):
    """How many students answered from question to question."""

    session_id: UUID
    dropoff_points: list[DropoffPoint] = Field(
        description=f"The published questions in order; of more than {MOST_QUESTIONS}, the first {MOST_QUESTIONS}."
    )
    analysis: DropoffAnalysis


# One row a published question, or a single row without a question that still has the size of the roster.
STATEMENT: Final = f"""
    WITH classes AS (SELECT classroom_id FROM sessions WHERE session_id = $1),
    {ROSTER},
    answering AS MATERIALIZED (
        SELECT question_id, count(*) AS students FROM answered_questions
        WHERE session_id = $1 AND student_id IN (SELECT student_id FROM roster) GROUP BY question_id
    )
    SELECT size.students, q.question_id, coalesce(answering.students, 0) AS answered
    FROM (SELECT count(*) AS students FROM roster) size
    LEFT JOIN LATERAL (
        SELECT * FROM session_questions WHERE session_id = $1 AND publications > 0
        ORDER BY first_published_at, question_id LIMIT {MOST_QUESTIONS}
    ) q ON true
    LEFT JOIN answering USING (question_id)
    ORDER BY q.first_published_at, q.question_id
"""


def dropoff_analysis(asked: OfSession, rows: Sequence[Row]) -> Dropoff:
    """From each published question to the next: how many of the roster answered before, and how many then.

    It covers the first 1,000 published questions of the session.
    """
    published = [row for row in rows if row["question_id"] is not None]
    left = [rows[0]["students"], *(row["answered"] for row in published)]
    rates = [_rate(start, end) for start, end in pairwise(left)]
    points = [
        DropoffPoint(
            question_id=row["question_id"],
            question_order=order,
            students_at_start=left[order - 1],
            students_at_end=row["answered"],
            dropoff_rate=shown(rate),
        )
        for order, (row, rate) in enumerate(zip(published, rates, strict=True), start=1)
    ]
    critical = [point for point, rate in zip(points, rates, strict=True) if (rate or 0) >= CRITICAL_PERCENT]
    return Dropoff(
        session_id=asked.session_id,
        dropoff_points=points,
        analysis=DropoffAnalysis(
            critical_points=[point.question_id for point in critical],
            recommendations=[_recommendation(point) for point in critical] or [KEEP_THE_PACE] * bool(points),
        ),
    )


def _rate(start: int, end: int) -> Exact:
    rate = percent(start - end, start)
    return None if rate is None else max(Fraction(0), rate)


def _recommendation(point: DropoffPoint) -> str:
    lost = point.students_at_start - point.students_at_end
    return (
        f"Question {point.question_order} lost {lost} of {point.students_at_start} students: "
        "check its wording and its timer."
    )


REPORT: Final = Report(
    name="dropoff-analysis",
    title="After which questions students stopped answering",
    asked=OfSession,
    body=Dropoff,
    statement=STATEMENT,
    arguments=lambda asked, now: (asked.session_id,),
    build=dropoff_analysis,
)
