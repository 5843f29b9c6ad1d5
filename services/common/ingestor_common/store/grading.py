"""The one definition, in SQL, of what an ANSWER_SUBMITTED event is worth: graded, correct, late, how fast.

The storing transaction applies it to new rows, the rebuild to all rows of a session, the ad-hoc query to any.
"""

from typing import Final

MAX_RESPONSE_MS: Final = 86_400_000
"""The longest response time there is, sent or derived: a day. What takes longer says nothing of how fast a student was,
and sums of bounded times cannot overflow."""


def graded(source: str, *, all_keys: bool = False) -> str:
    """A SELECT of graded answers over `source`, a relation with the columns of `events`.

    Columns: session_id, question_id, student_id, "timestamp", answer, answered (bool, false for a skip),
    correct (bool, null when no key is known or skipped), late (bool), response_ms (0 to MAX_RESPONSE_MS, or null).
    The publication an answer belongs to is the latest one of its question in its session at or before its time.
    Keys are looked up one by one, whatever Postgres knows of the tables; `all_keys` reads them all at once, for a
    source that holds everything.
    """
    keys = (
        "LEFT JOIN answer_keys k ON k.question_id = s.question_id"
        if all_keys
        else "LEFT JOIN LATERAL (SELECT answer FROM answer_keys WHERE question_id = s.question_id OFFSET 0) k ON true"
    )
    return f"""
        SELECT s.session_id, s.question_id, s.student_id, s."timestamp", s.answer,
               s.answer <> '' AS answered,
               CASE WHEN s.answer <> '' THEN s.answer = k.answer END AS correct,
               coalesce(s."timestamp" > p.published_at + make_interval(secs => p.timer_sec), false) AS late,
               CASE WHEN s.answer <> '' THEN coalesce(
                   s.response_time_ms::bigint,
                   CASE WHEN p.published_at >= s."timestamp" - interval '{MAX_RESPONSE_MS} ms'
                        THEN floor(extract(epoch FROM s."timestamp" - p.published_at) * 1000)::bigint END
               ) END AS response_ms
        FROM {source} s
        {keys}
        LEFT JOIN LATERAL (
            SELECT published_at, timer_sec FROM publications
            WHERE session_id = s.session_id AND question_id = s.question_id AND published_at <= s."timestamp"
            ORDER BY published_at DESC, event_id DESC LIMIT 1
        ) p ON true
        WHERE s.event_type = 'ANSWER_SUBMITTED'
    """


COUNTS: Final = """
    count(*) FILTER (WHERE answered) AS answers,
    count(*) FILTER (WHERE NOT answered) AS skips,
    count(correct) AS graded,
    count(*) FILTER (WHERE correct) AS correct,
    count(*) FILTER (WHERE answered AND late) AS late,
    coalesce(sum(response_ms), 0)::bigint AS response_ms,
    count(response_ms) AS responses
"""
"""The aggregates that every projection of answers has, over rows of `graded`."""


def regrade_statement(source: str) -> str:
    """The statement that grades all answers of some sessions again, which `source` holds: what they are worth is set in
    both tables of answers, what was answered is not touched."""
    return f"""
        WITH g AS MATERIALIZED (
            SELECT session_id, question_id, student_id, answered, correct, late, response_ms FROM ({graded(source)}) g
        ),
        questions AS ({_regrade("session_questions", "question_id")})
        {_regrade("session_students", "student_id")}
    """


def _regrade(table: str, column: str) -> str:
    return f"""
        UPDATE {table} t
        SET graded = n.graded, correct = n.correct, late = n.late, response_ms = n.response_ms, responses = n.responses
        FROM (SELECT session_id, {column}, {COUNTS} FROM g GROUP BY session_id, {column}) n
        WHERE (t.session_id, t.{column}) = (n.session_id, n.{column})
          AND (t.graded, t.correct, t.late, t.response_ms, t.responses)
              IS DISTINCT FROM (n.graded, n.correct, n.late, n.response_ms, n.responses)
    """
