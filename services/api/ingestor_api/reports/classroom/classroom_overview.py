"""classroom-overview: whether a classroom is in use."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from pydantic import Field

from ingestor_api.reports import bands
from ingestor_api.reports.exact import percent, shown
from ingestor_api.reports.parameters import OfClassroom
from ingestor_api.reports.report import Body, Report, Row
from ingestor_api.reports.scopes import ROSTER

ACTIVE: Final = timedelta(days=30)
RECENT: Final = timedelta(days=7)


class Overview(Body):
    classroom_id: UUID
    classroom_name: str = Field(description="Empty when the catalog does not name the classroom.")
    total_students: int = Field(description="Students of the roster.")
    active_students: int = Field(description="Of them, those with an answer in a session of the last 30 days.")
    total_sessions: int
    recent_sessions: int = Field(description="Sessions that started in the last 7 days.")
    last_activity: datetime | None = Field(description="The latest event of its sessions.")
    created_at: datetime | None = Field(description="The earliest event of its sessions.")


class OverviewInsights(Body):
    activity_level: str = Field(description="By recent / total sessions: high, moderate, low, inactive, no_activity.")
    engagement_status: str = Field(description="By active / total students; no_students without a roster.")
    growth_trend: str = Field(description="By recent sessions: accelerating, growing, steady or stagnant.")


class OverviewSummary(Body):
    participation_rate: float | None = Field(description="100 x active / total students.")
    activity_score: float | None = Field(description="100 x recent / total sessions.")


class ClassroomOverview(Body):
    """A classroom's size and recent activity."""

    overview: Overview
    insights: OverviewInsights
    summary: OverviewSummary


STATEMENT: Final = f"""
    WITH scope AS (
        SELECT session_id, started_at, first_event_at, last_event_at FROM sessions WHERE classroom_id = $1
    ),
    classes AS (SELECT $1::uuid AS classroom_id),
    {ROSTER},
    answering AS MATERIALIZED (
        SELECT DISTINCT st.student_id
        FROM scope CROSS JOIN LATERAL (
            SELECT student_id FROM session_students WHERE session_id = scope.session_id AND answers > 0 OFFSET 0
        ) st
        WHERE started_at > $2 AND started_at <= $4
    )
    SELECT coalesce((SELECT name FROM classrooms WHERE classroom_id = $1), '') AS name,
           (SELECT count(*) FROM roster) AS students,
           (SELECT count(*) FROM roster WHERE student_id IN (SELECT student_id FROM answering)) AS active,
           count(*) AS sessions, count(*) FILTER (WHERE started_at > $3 AND started_at <= $4) AS recent,
           max(last_event_at) AS last_activity, min(first_event_at) AS created_at
    FROM scope
"""


def classroom_overview(asked: OfClassroom, rows: Sequence[Row]) -> ClassroomOverview:
    """A classroom's roster, who of it was active in the last 30 days, and its sessions in the last 7."""
    (row,) = rows
    students, active, sessions, recent = (row[name] for name in ("students", "active", "sessions", "recent"))
    return ClassroomOverview(
        overview=Overview(
            classroom_id=asked.classroom_id,
            classroom_name=row["name"],
            total_students=students,
            active_students=active,
            total_sessions=sessions,
            recent_sessions=recent,
            last_activity=row["last_activity"],
            created_at=row["created_at"],
        ),
        insights=OverviewInsights(
            activity_level=bands.classroom_activity_level(recent, sessions),
            engagement_status=bands.engagement_status(active, students),
            growth_trend=bands.growth_trend(recent),
        ),
        summary=OverviewSummary(
            participation_rate=shown(percent(active, students)), activity_score=shown(percent(recent, sessions))
        ),
    )


REPORT: Final = Report(
    name="classroom-overview",
    title="Whether a classroom is in use",
    asked=OfClassroom,
    body=ClassroomOverview,
    statement=STATEMENT,
    arguments=lambda asked, now: (asked.classroom_id, now - ACTIVE, now - RECENT, now),
    build=classroom_overview,
)
