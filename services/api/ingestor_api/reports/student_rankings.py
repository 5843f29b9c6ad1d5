"""Rankings of everyone who answered: a classroom's and a session's differ in the sessions they look at.

By accuracy, then correct answers, then speed. Ties share a rank.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from pydantic import Field

from ingestor_api.reports.exact import mean_seconds, percent, shown
from ingestor_api.reports.pages import listed
from ingestor_api.reports.report import Body, Row


class RankedStudent(Body):
    student_id: UUID
    student_name: str = Field(description="Empty when the catalog does not name the student.")
    questions_attempted: int = Field(description="Answers, graded or not.")
    correct_answers: int
    accuracy_rate: float | None = Field(description="100 x correct / graded answers.")
    average_response_time_seconds: float | None
    rank: int = Field(description="1 is best; students who are equal in everything share a rank (1, 1, 3).")
    percentile: float = Field(description="Percentage of the others who rank below; 100 for the only one.")
    sessions_participated: int = Field(description="Sessions with an answer of the student.")


class RankingsSummary(Body):
    total_students: int
    page_students: int


# Quotients of integers as floating point: equal fractions give equal quotients, and different ones of this size
# different ones, which is all that ranking needs.
_RANKED: Final = """
    merits AS (
        SELECT student_id, sum(answers)::bigint AS answers, sum(graded)::bigint AS graded,
               sum(correct)::bigint AS correct, sum(response_ms)::bigint AS response_ms,
               sum(responses)::bigint AS responses, count(*) AS sessions,
               sum(correct)::float8 / nullif(sum(graded), 0)::float8 AS accuracy,
               sum(response_ms)::float8 / nullif(sum(responses), 0)::float8 AS speed
        FROM scope CROSS JOIN LATERAL (
            SELECT * FROM session_students WHERE session_id = scope.session_id AND answers > 0 OFFSET 0
        ) st GROUP BY student_id
    ),
    ranked AS (
        SELECT *, rank() OVER best AS rank, count(*) OVER best AS not_below,
               row_number() OVER (
                   ORDER BY accuracy DESC NULLS LAST, correct DESC, speed ASC NULLS LAST, student_id
               ) AS place
        FROM merits WINDOW best AS (ORDER BY accuracy DESC NULLS LAST, correct DESC, speed ASC NULLS LAST)
    )
    SELECT whole.total, ranked.student_id, answers, graded, correct,
           response_ms, responses, sessions, rank, whole.total - not_below AS below, place,
           -- Looked up for each row of the page; a join may be planned as a look at every student there is.
           coalesce((SELECT name FROM students WHERE student_id = ranked.student_id), '') AS name
    FROM (SELECT count(*) AS total FROM merits) whole
    LEFT JOIN ranked ON place > $2 AND place <= $3
    ORDER BY place
"""
"""Needs `scope(session_id)`; $2 and $3 are the places before and up to which the page goes."""


def statement(scope: str) -> str:
    """Who answered in the sessions that the query `scope` gives for $1, from after place $2 to place $3."""
    return f"WITH scope AS ({scope}), {_RANKED}"


def page_of_students(rows: Sequence[Row]) -> dict[str, object]:
    """Everyone with an answer, guests too: by accuracy (unknown last), then correct answers, then mean response time
    (unknown last). Equal students share a rank and stand in order of student_id."""
    students = [_ranked(row) for row in listed(rows)]
    summary = RankingsSummary(total_students=rows[0]["total"], page_students=len(students))
    return {"rankings": students, "summary": summary}


def _ranked(row: Row) -> RankedStudent:
    percentile = percent(row["below"], row["total"] - 1)
    return RankedStudent(
        student_id=row["student_id"],
        student_name=row["name"],
        questions_attempted=row["answers"],
        correct_answers=row["correct"],
        accuracy_rate=shown(percent(row["correct"], row["graded"])),
        average_response_time_seconds=shown(mean_seconds(row["response_ms"], row["responses"])),
        rank=row["rank"],
        percentile=100.0 if percentile is None else shown(percentile),
        sessions_participated=row["sessions"],
    )
