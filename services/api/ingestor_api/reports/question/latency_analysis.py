"""latency-analysis: how fast a question was answered in a session."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Final
from uuid import UUID

from pydantic import Field

from ingestor_api.reports import bands
from ingestor_api.reports.exact import Exact, mean_seconds, seconds_text, shown
from ingestor_api.reports.parameters import OfSessionQuestion
from ingestor_api.reports.report import Body, Report, Row
from ingestor_api.reports.scopes import EVENTS_OF_SESSION
from ingestor_common.store.grading import graded


class LatencyBands(Body):
    speed_rating: str = Field(description="Word for the average: fast, moderate, slow or unknown.")
    benchmark: float | None = Field(description="Mean response time in the classroom's sessions, in seconds.")


class LatencyAnalysis(Body):
    """Response times of the question's answers in the session, late ones and guests' too."""

    session_id: UUID
    question_id: UUID
    first_answer_latency: str | None = Field(description='The shortest, as text: "12.40s".')
    first_answer_latency_seconds: float | None
    average_latency: str | None
    average_latency_seconds: float | None
    median_latency: str | None = Field(description="The middle one, or the mean of the middle two.")
    median_latency_seconds: float | None
    p95_latency: str | None = Field(description="The shortest that at least 95 % do not exceed (nearest rank).")
    p95_latency_seconds: float | None
    analysis: LatencyBands


STATEMENT: Final = f"""
    WITH latencies AS MATERIALIZED (
        SELECT response_ms AS ms
        FROM ({graded(f"(SELECT * FROM {EVENTS_OF_SESSION} e WHERE question_id = $2)")}) g
        WHERE response_ms IS NOT NULL
    )
    SELECT min(ms) AS first, coalesce(sum(ms), 0)::bigint AS total, count(ms) AS n,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) AS median,
           percentile_disc(0.95) WITHIN GROUP (ORDER BY ms) AS p95,
           class.response_ms AS class_ms, class.responses AS class_n
    FROM (
        SELECT coalesce(sum(response_ms), 0)::bigint AS response_ms, coalesce(sum(responses), 0)::bigint AS responses
        FROM sessions s CROSS JOIN LATERAL (
            SELECT response_ms, responses FROM session_questions WHERE session_id = s.session_id OFFSET 0
        ) q
        WHERE s.classroom_id = (SELECT classroom_id FROM sessions WHERE session_id = $1)
    ) class LEFT JOIN latencies ON true
    GROUP BY class.response_ms, class.responses
"""


def latency_analysis(asked: OfSessionQuestion, rows: Sequence[Row]) -> LatencyAnalysis:
    """Over the answers that have a response time: response_time_ms, or else the time since their publication."""
    (row,) = rows
    first, median, p95 = (_seconds(row[name]) for name in ("first", "median", "p95"))
    average = mean_seconds(row["total"], row["n"])
    return LatencyAnalysis(
        session_id=asked.session_id,
        question_id=asked.question_id,
        first_answer_latency=seconds_text(first),
        first_answer_latency_seconds=shown(first),
        average_latency=seconds_text(average),
        average_latency_seconds=shown(average),
        median_latency=seconds_text(median),
        median_latency_seconds=shown(median),
        p95_latency=seconds_text(p95),
        p95_latency_seconds=shown(p95),
        analysis=LatencyBands(
            speed_rating=bands.speed_rating(average),
            benchmark=shown(mean_seconds(row["class_ms"], row["class_n"])),
        ),
    )


def _seconds(milliseconds: Any) -> Exact:
    # A median of whole milliseconds ends in .0 or .5, which floating point holds exactly.
    return None if milliseconds is None else Fraction(milliseconds) / 1000


REPORT: Final = Report(
    name="latency-analysis",
    title="How fast a question was answered in a session",
    asked=OfSessionQuestion,
    body=LatencyAnalysis,
    statement=STATEMENT,
    arguments=lambda asked, now: (asked.session_id, asked.question_id),
    build=latency_analysis,
)
