"""classroom-engagement-history: classroom-engagement day by day."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from pydantic import Field

from ingestor_api.reports.classroom.periods_of_engagement import (
    PERIODS,
    EngagementFigures,
    engagement_fields,
    period_of,
)
from ingestor_api.reports.pages import Pagination, listed, pagination
from ingestor_api.reports.parameters import Dated, OfClassroom, Paged
from ingestor_api.reports.report import Body, Report, Row


class EngagementHistoryAsked(Paged, Dated, OfClassroom):
    """A page of a classroom's days."""


class _Day(Body):
    date: date


class DayOfEngagement(EngagementFigures, _Day):
    """The sessions that started on a day; trends against the next older day of the list."""


class HistorySummary(Body):
    total_periods: int = Field(description="Days with a session.")
    page_periods: int


class EngagementHistory(Body):
    """The UTC days with a session in the range that ends now, newest first."""

    classroom_id: UUID
    date_range: str
    pagination: Pagination
    engagement_history: list[DayOfEngagement]
    summary: HistorySummary


STATEMENT: Final = f"""
    WITH scope AS (
        SELECT session_id, classroom_id, (started_at AT TIME ZONE 'UTC')::date AS period
        FROM sessions WHERE classroom_id = $1 AND started_at > $2 AND started_at <= $3
    ),
    {PERIODS},
    days AS (
        SELECT *, row_number() OVER newest AS place,
               lead(sessions) OVER newest AS before_sessions, lead(active) OVER newest AS before_active,
               lead(published) OVER newest AS before_published, lead(answered) OVER newest AS before_answered,
               lead(graded) OVER newest AS before_graded, lead(correct) OVER newest AS before_correct
        FROM periods WINDOW newest AS (ORDER BY period DESC)
    )
    SELECT whole.*, days.*
    FROM (SELECT count(*) AS total, (SELECT count(*) FROM roster) AS students FROM days) whole
    LEFT JOIN days ON place > $4 AND place <= $5
    ORDER BY place
"""


def classroom_engagement_history(asked: EngagementHistoryAsked, rows: Sequence[Row]) -> EngagementHistory:
    """One row a UTC day on which sessions of the range started, newest first. A session belongs to the day it began
    on, all of it. The oldest day has nothing to be compared with: insufficient_data."""
    days = [
        DayOfEngagement.model_validate(
            {"date": row["period"], **engagement_fields(period_of(row), period_of(row, "before_"))}
        )
        for row in listed(rows)
    ]
    return EngagementHistory(
        classroom_id=asked.classroom_id,
        date_range=asked.date_range,
        pagination=pagination(asked, rows),
        engagement_history=days,
        summary=HistorySummary(total_periods=rows[0]["total"], page_periods=len(days)),
    )


def _arguments(asked: EngagementHistoryAsked, now: datetime) -> tuple[object, ...]:
    return asked.classroom_id, now - asked.length, now, asked.after, asked.up_to


REPORT: Final = Report(
    name="classroom-engagement-history",
    title="Classroom-engagement day by day",
    asked=EngagementHistoryAsked,
    body=EngagementHistory,
    statement=STATEMENT,
    arguments=_arguments,
    build=classroom_engagement_history,
)
