"""timeout-analysis: who did not answer a question in time."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from pydantic import Field

from ingestor_api.reports import bands
from ingestor_api.reports.exact import percent, shown
from ingestor_api.reports.parameters import OfSessionQuestion
from ingestor_api.reports.report import Body, Report, Row
from ingestor_api.reports.scopes import EVENTS_OF_SESSION, ROSTER
from ingestor_common.store.grading import graded

RECOMMENDATIONS: Final = {
    "high_difficulty": "Many students did not answer in time: give more time or split the question.",
    "moderate_difficulty": "Some students did not answer in time: check the wording and the timer.",
    "appropriate_difficulty": "The time suits the question: keep it.",
    bands.UNKNOWN: "Nothing to judge by yet: the question was not asked, or the classroom has no students.",
}


class TimeoutJudgement(Body):
    difficulty_indicator: str = Field(
        description="Word for timeout_rate + skipped_rate: high_difficulty, moderate_difficulty, "
        "appropriate_difficulty or unknown."
    )
    recommendation: str


class TimeoutAnalysis(Body):
    """Each student of the roster answered in time, skipped in time, or timed out."""

    session_id: UUID
    question_id: UUID
    total_students: int = Field(description="Students of the roster; 0 when the question was not asked there.")
    timeout_count: int = Field(description="Students with neither an answer nor a skip in time.")
    skipped_count: int = Field(description="Students with a skip in time and no answer in time.")
    timeout_rate: float | None = Field(description="100 x timeout_count / total_students.")
    skipped_rate: float | None = Field(description="100 x skipped_count / total_students.")
    late_count: int = Field(description="Answers after the timer, guests' and repeated ones too.")
    analysis: TimeoutJudgement


STATEMENT: Final = f"""
    WITH classes AS (SELECT classroom_id FROM sessions WHERE session_id = $1),
    {ROSTER},
    given AS MATERIALIZED ({graded(f"(SELECT * FROM {EVENTS_OF_SESSION} e WHERE question_id = $2)")}),
    in_time AS (SELECT student_id, bool_or(answered) AS answered FROM given WHERE NOT late GROUP BY student_id)
    SELECT EXISTS (SELECT FROM session_questions WHERE session_id = $1 AND question_id = $2) AS asked,
           count(*) AS students,
           count(*) FILTER (WHERE in_time.answered IS NULL) AS timed_out,
           count(*) FILTER (WHERE NOT in_time.answered) AS skipped,
           (SELECT count(*) FROM given WHERE answered AND late) AS late
    FROM roster LEFT JOIN in_time USING (student_id)
"""


def timeout_analysis(asked: OfSessionQuestion, rows: Sequence[Row]) -> TimeoutAnalysis:
    """Each roster student once: answered in time, else skipped in time, else timed out. An answer that is late or has
    not come yet is a timeout, whatever the time is now."""
    (row,) = rows
    students, timed_out = (row["students"], row["timed_out"]) if row["asked"] else (0, 0)
    indicator = bands.difficulty_indicator(percent(timed_out + row["skipped"], students))
    return TimeoutAnalysis(
        session_id=asked.session_id,
        question_id=asked.question_id,
        total_students=students,
        timeout_count=timed_out,
        skipped_count=row["skipped"],
        timeout_rate=shown(percent(timed_out, students)),
        skipped_rate=shown(percent(row["skipped"], students)),
        late_count=row["late"],
        analysis=TimeoutJudgement(difficulty_indicator=indicator, recommendation=RECOMMENDATIONS[indicator]),
    )


REPORT: Final = Report(
    name="timeout-analysis",
    title="Who did not answer a question in time",
    asked=OfSessionQuestion,
    body=TimeoutAnalysis,
    statement=STATEMENT,
    arguments=lambda asked, now: (asked.session_id, asked.question_id),
    build=timeout_analysis,
)
