"""response-rate: how many of the class answered a question in a session."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from pydantic import Field

from ingestor_api.reports import bands
from ingestor_api.reports.exact import percent, shown
from ingestor_api.reports.parameters import OfSessionQuestion
from ingestor_api.reports.report import Body, Report, Row
from ingestor_api.reports.scopes import FACTS, ROSTER


class ResponseRateAnalysis(Body):
    engagement_level: str = Field(description="Word for response_rate: excellent, good, moderate, low or unknown.")
    benchmark: float | None = Field(
        description="Response rate of all published questions in all sessions of the classroom."
    )


class ResponseRate(Body):
    """Roster students who answered the question in the session."""

    session_id: UUID
    question_id: UUID
    students_received: int = Field(description="Students of the roster; 0 when the question was not asked there.")
    students_answered: int = Field(description="Of them, those who answered it.")
    response_rate: float | None = Field(description="100 x answered / received.")
    analysis: ResponseRateAnalysis


STATEMENT: Final = f"""
    WITH classes AS (SELECT classroom_id FROM sessions WHERE session_id = $1),
    scope AS (
        SELECT session_id, classroom_id FROM sessions WHERE classroom_id = (SELECT classroom_id FROM classes)
    ),
    {ROSTER},
    {FACTS}
    SELECT (SELECT count(*) FROM roster) AS students,
           EXISTS (SELECT FROM session_questions WHERE session_id = $1 AND question_id = $2) AS asked,
           (SELECT count(*) FROM answered_questions
            WHERE session_id = $1 AND question_id = $2 AND student_id IN (SELECT student_id FROM roster)) AS answered,
           coalesce(sum(published), 0)::bigint AS class_published,
           coalesce(sum(facts.answered), 0)::bigint AS class_answered
    FROM facts
"""


def response_rate(asked: OfSessionQuestion, rows: Sequence[Row]) -> ResponseRate:
    """How many of the roster answered (not skipped) the question, beside the classroom's own rate."""
    (row,) = rows
    students = row["students"] if row["asked"] else 0
    rate = percent(row["answered"], students)
    return ResponseRate(
        session_id=asked.session_id,
        question_id=asked.question_id,
        students_received=students,
        students_answered=row["answered"],
        response_rate=shown(rate),
        analysis=ResponseRateAnalysis(
            engagement_level=bands.engagement_level(rate),
            benchmark=shown(percent(row["class_answered"], row["class_published"] * row["students"])),
        ),
    )


REPORT: Final = Report(
    name="response-rate",
    title="How many of the class answered a question in a session",
    asked=OfSessionQuestion,
    body=ResponseRate,
    statement=STATEMENT,
    arguments=lambda asked, now: (asked.session_id, asked.question_id),
    build=response_rate,
)
