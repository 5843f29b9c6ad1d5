"""What a student did in a classroom: the part that both reports about a student read."""

from typing import Final

from ingestor_api.reports.report import Row
from ingestor_api.reports.trends import accuracy_trend_of

ATTENDED: Final = """
    attended AS MATERIALIZED (
        SELECT s.session_id, s.quiz_id, s.started_at, st.answers, st.graded, st.correct, st.response_ms, st.responses,
               st.first_answer_at, st.last_answer_at
        FROM sessions s CROSS JOIN LATERAL (
            SELECT * FROM session_students
            WHERE session_id = s.session_id AND student_id = $1 AND answers > 0 OFFSET 0
        ) st
        WHERE s.classroom_id = $2
    ),
    done AS (
        SELECT count(*) AS sessions, count(DISTINCT quiz_id) AS quizzes,
               coalesce(sum(answers), 0)::bigint AS answers, coalesce(sum(graded), 0)::bigint AS graded,
               coalesce(sum(correct), 0)::bigint AS correct, coalesce(sum(response_ms), 0)::bigint AS response_ms,
               coalesce(sum(responses), 0)::bigint AS responses,
               min(first_answer_at) AS first_activity, max(last_answer_at) AS last_activity,
               array_agg(graded ORDER BY started_at, session_id) FILTER (WHERE graded > 0) AS graded_in_order,
               array_agg(correct ORDER BY started_at, session_id) FILTER (WHERE graded > 0) AS correct_in_order
        FROM attended
    )"""
"""done: one row with the sums of student $1 in classroom $2, and the sessions with a graded answer in order."""


def performance_trend(row: Row) -> str:
    """The later half of the sessions with a graded answer against the earlier half."""
    return accuracy_trend_of(row["graded_in_order"] or (), row["correct_in_order"] or ())
