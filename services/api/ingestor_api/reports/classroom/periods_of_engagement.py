"""A classroom's engagement in a period: the figures that classroom-engagement and its history share."""

from typing import Final, NamedTuple

from pydantic import Field

from ingestor_api.reports.exact import Exact, percent, shown
from ingestor_api.reports.report import Body, Row
from ingestor_api.reports.scopes import FACTS, ROSTER
from ingestor_api.reports.trends import accuracy_trend, engagement_trend


class EngagementTrends(Body):
    engagement: str = Field(description="increasing, decreasing, stable (within 5 points) or insufficient_data.")
    accuracy: str = Field(description="improving, declining, stable (within 5 points) or insufficient_data.")


class EngagementFigures(Body):
    total_students: int = Field(description="Students of the roster.")
    active_students: int = Field(description="Of them, those with an answer in the period's sessions.")
    engagement_rate_percent: float | None = Field(description="100 x active / total students.")
    average_accuracy_percent: float | None = Field(description="100 x correct / graded answers, of everyone.")
    total_questions: int = Field(description="Published questions, each counted once a session.")
    response_rate_percent: float | None = Field(
        description="100 x published questions answered by roster students (a student and question once) / "
        "(published questions x roster)."
    )
    trends: EngagementTrends = Field(description="Against the period before.")


PERIODS: Final = f"""
    classes AS (SELECT $1::uuid AS classroom_id),
    {ROSTER},
    {FACTS},
    active AS MATERIALIZED (
        SELECT period, count(DISTINCT student_id) AS active
        FROM scope JOIN present USING (session_id) WHERE participated AND enrolled GROUP BY period
    ),
    periods AS (
        SELECT period, count(*) AS sessions, coalesce(max(active), 0) AS active,
               sum(published)::bigint AS published, sum(answered)::bigint AS answered,
               sum(graded)::bigint AS graded, sum(correct)::bigint AS correct
        FROM facts LEFT JOIN active USING (period) GROUP BY period
    )"""
"""periods: the sums of each `period` of `scope`, the sessions of classroom $1."""


class Period(NamedTuple):
    """What a period amounts to."""

    students: int
    sessions: int
    active: int
    published: int
    answered: int
    graded: int
    correct: int

    @property
    def engagement(self) -> Exact:
        """The share of the roster that is active; unknown without a session."""
        return percent(self.active, self.students) if self.sessions else None

    @property
    def accuracy(self) -> Exact:
        return percent(self.correct, self.graded)


def period_of(row: Row, prefix: str = "") -> Period:
    """The period in the columns that begin with `prefix`; nulls where there is none."""
    sums = (row[prefix + name] or 0 for name in Period._fields[1:])
    return Period(row["students"], *sums)


def engagement_fields(period: Period, before: Period) -> dict[str, object]:
    """The fields of EngagementFigures."""
    return {
        "total_students": period.students,
        "active_students": period.active,
        "engagement_rate_percent": shown(percent(period.active, period.students)),
        "average_accuracy_percent": shown(period.accuracy),
        "total_questions": period.published,
        "response_rate_percent": shown(percent(period.answered, period.published * period.students)),
        "trends": EngagementTrends(
            engagement=engagement_trend(before.engagement, period.engagement),
            accuracy=accuracy_trend(before.accuracy, period.accuracy),
        ),
    }
