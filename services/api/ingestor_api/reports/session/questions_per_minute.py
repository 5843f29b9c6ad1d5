"""questions-per-minute: the pace of a session."""

from collections.abc import Sequence
from datetime import timedelta
from fractions import Fraction
from typing import Final, Literal
from uuid import UUID

from pydantic import Field

from ingestor_api.reports.exact import shown
from ingestor_api.reports.parameters import OfSession
from ingestor_api.reports.report import Body, Report, Row


class QuestionsPerMinute(Body):
    """How fast questions were published."""

    session_id: UUID
    total_questions: int = Field(description="Distinct questions published.")
    average_qpm: float = Field(
        description="Publications, repeated ones too, a minute between the first and the last; that time counts as "
        "a minute at least."
    )
    peak_qpm: int = Field(description="The most publications in one minute of the clock.")
    analysis_window: Literal["session_duration"] = "session_duration"


STATEMENT: Final = """
    WITH published AS (SELECT question_id, published_at FROM publications WHERE session_id = $1)
    SELECT count(*) AS publications, count(DISTINCT question_id) AS questions,
           min(published_at) AS first, max(published_at) AS last,
           (SELECT coalesce(max(n), 0) FROM (
                SELECT count(*) AS n FROM published GROUP BY date_trunc('minute', published_at, 'UTC')
           ) minutes) AS peak
    FROM published
"""


def questions_per_minute(asked: OfSession, rows: Sequence[Row]) -> QuestionsPerMinute:
    """How fast questions were published; all 0 when none was."""
    (row,) = rows
    return QuestionsPerMinute(
        session_id=asked.session_id,
        total_questions=row["questions"],
        average_qpm=shown(_average(row)),
        peak_qpm=row["peak"],
    )


def _average(row: Row) -> Fraction:
    if row["publications"] == 0:
        return Fraction(0)
    minutes = Fraction((row["last"] - row["first"]) // timedelta(microseconds=1), 60_000_000)
    publications: int = row["publications"]
    return publications / max(Fraction(1), minutes)


REPORT: Final = Report(
    name="questions-per-minute",
    title="The pace of a session",
    asked=OfSession,
    body=QuestionsPerMinute,
    statement=STATEMENT,
    arguments=lambda asked, now: (asked.session_id,),
    build=questions_per_minute,
)
