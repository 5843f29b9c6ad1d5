"""completion-rate: how much of a session's questions its students answered."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from pydantic import Field

from ingestor_api.reports import bands
from ingestor_api.reports.exact import percent, shown
from ingestor_api.reports.parameters import OfSession
from ingestor_api.reports.report import Body, Report, Row
from ingestor_api.reports.scopes import FACTS, ROSTER


class CompletionAnalysis(Body):
    retention_level: str = Field(description="Word for completion_rate: excellent, good, moderate or concerning.")
    benchmark: float | None = Field(description="Mean completion_rate of all sessions of the classroom.")


class CompletionRate(Body):
    """Who of the roster answered every published question, and how much was answered on average."""

    session_id: UUID
    total_students: int = Field(description="Students of the roster.")
    completed_students: int = Field(description="Of them, those who answered every published question.")
    completion_rate: float | None = Field(
        description="100 x completed / total students; null when nothing was published or nobody is on the roster."
    )
    total_questions: int = Field(description="Distinct questions published.")
    average_completion: float | None = Field(
        description="Mean over the roster of the percentage of the published questions that each answered."
    )
    analysis: CompletionAnalysis


STATEMENT: Final = f"""
    WITH classes AS (SELECT classroom_id FROM sessions WHERE session_id = $1),
    scope AS (
        SELECT session_id, classroom_id FROM sessions WHERE classroom_id = (SELECT classroom_id FROM classes)
    ),
    {ROSTER},
    {FACTS}
    SELECT coalesce(max(students), 0) AS students,
           coalesce(max(published) FILTER (WHERE session_id = $1), 0) AS published,
           coalesce(max(completed) FILTER (WHERE session_id = $1), 0) AS completed,
           coalesce(max(answered) FILTER (WHERE session_id = $1), 0) AS answered,
           count(*) FILTER (WHERE published > 0) AS class_sessions,
           coalesce(sum(completed), 0)::bigint AS class_completed
    FROM facts
"""


def completion_rate(asked: OfSession, rows: Sequence[Row]) -> CompletionRate:
    """Students of the roster who answered (not skipped) every published question, and the mean share answered."""
    (row,) = rows
    students, published = row["students"], row["published"]
    rate = percent(row["completed"], students) if published else None
    return CompletionRate(
        session_id=asked.session_id,
        total_students=students,
        completed_students=row["completed"],
        completion_rate=shown(rate),
        total_questions=published,
        average_completion=shown(percent(row["answered"], published * students)),
        analysis=CompletionAnalysis(
            retention_level=bands.retention_level(rate),
            benchmark=shown(percent(row["class_completed"], row["class_sessions"] * students)),
        ),
    )


REPORT: Final = Report(
    name="completion-rate",
    title="How much of a session's questions its students answered",
    asked=OfSession,
    body=CompletionRate,
    statement=STATEMENT,
    arguments=lambda asked, now: (asked.session_id,),
    build=completion_rate,
)
