"""classroom-engagement: how many of a class take part, and how well, in the range of days that ends now."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from ingestor_api.reports.classroom.periods_of_engagement import (
    PERIODS,
    EngagementFigures,
    engagement_fields,
    period_of,
)
from ingestor_api.reports.parameters import Dated, OfClassroom
from ingestor_api.reports.report import Body, Report, Row


class ClassroomEngagementAsked(Dated, OfClassroom):
    """A classroom in a range of days."""


class _Scope(Body):
    classroom_id: UUID
    date_range: str


class ClassroomEngagement(EngagementFigures, _Scope):
    """The sessions that started in the range that ends now."""


STATEMENT: Final = f"""
    WITH scope AS (
        SELECT session_id, classroom_id, started_at > $3 AS period
        FROM sessions WHERE classroom_id = $1 AND started_at > $2 AND started_at <= $4
    ),
    {PERIODS}
    SELECT (SELECT count(*) FROM roster) AS students, current.*,
           before.sessions AS before_sessions, before.active AS before_active, before.published AS before_published,
           before.answered AS before_answered, before.graded AS before_graded, before.correct AS before_correct
    FROM (VALUES (1)) one
    LEFT JOIN periods current ON current.period LEFT JOIN periods before ON NOT before.period
"""


def classroom_engagement(asked: ClassroomEngagementAsked, rows: Sequence[Row]) -> ClassroomEngagement:
    """Over the sessions that started in (now - range, now], with all their events; trends against the range of the
    same length before it. A range without a session has no engagement to compare."""
    (row,) = rows
    fields = engagement_fields(period_of(row), period_of(row, "before_"))
    return ClassroomEngagement.model_validate(
        {"classroom_id": asked.classroom_id, "date_range": asked.date_range, **fields}
    )


def _arguments(asked: ClassroomEngagementAsked, now: datetime) -> tuple[object, ...]:
    return asked.classroom_id, now - 2 * asked.length, now - asked.length, now


REPORT: Final = Report(
    name="classroom-engagement",
    title="How many of a class take part, and how well, in the range of days that ends now",
    asked=ClassroomEngagementAsked,
    body=ClassroomEngagement,
    statement=STATEMENT,
    arguments=_arguments,
    build=classroom_engagement,
)
