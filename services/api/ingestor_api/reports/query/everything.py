"""Rosters and what sessions amount to, for queries about all sessions: the same as scopes.py, read through the tables.

Nothing is materialized before its rows are grouped, so that Postgres can share the reading among its processes.
"""

from typing import Final

ROSTER: Final = """
    roster AS MATERIALIZED (
        SELECT classroom_id, student_id FROM rosters
        UNION ALL
        SELECT DISTINCT s.classroom_id, st.student_id FROM session_students st JOIN sessions s USING (session_id)
        WHERE st.answers > 0 AND s.classroom_id NOT IN (SELECT DISTINCT classroom_id FROM rosters)
    )"""
"""roster(classroom_id, student_id): the catalog's, or else everyone who ever answered there."""


def _present(students: str) -> str:
    """Rows of `students`, which has the columns of `session_students`, of those on the roster who answered."""
    # Where no roster was given, everyone who answered is on it; whoever did not adds nothing.
    return f"""
        SELECT st.* FROM {students} st JOIN sessions s USING (session_id)
        LEFT JOIN rosters r ON r.classroom_id = s.classroom_id AND r.student_id = st.student_id
        WHERE st.answers > 0
            AND (r.student_id IS NOT NULL OR s.classroom_id NOT IN (SELECT DISTINCT classroom_id FROM rosters))"""


_SIZES: Final = """
    sizes AS (SELECT classroom_id, count(*) AS students FROM roster GROUP BY classroom_id)"""

PARTICIPATION: Final = f"""{_SIZES},
    attendance AS MATERIALIZED (
        SELECT session_id, count(*) AS participants FROM ({_present("session_students")}) st GROUP BY session_id
    ),
    facts AS MATERIALIZED (
        SELECT scope.*, coalesce(sizes.students, 0) AS students, coalesce(participants, 0) AS participants
        FROM scope LEFT JOIN attendance USING (session_id) LEFT JOIN sizes USING (classroom_id)
    )"""
"""facts: `scope`, here all sessions, with students and participants of scopes.FACTS."""

# Everybody is counted as if all questions that they answered had been published; the few of whom that is not true are
# put right then, so that the many need no join with them.
COMPLETION: Final = f"""{_SIZES},
    asked AS MATERIALIZED (
        SELECT session_id, count(*) FILTER (WHERE publications > 0) AS published
        FROM session_questions GROUP BY session_id
    ),
    unpublished AS MATERIALIZED (
        SELECT a.session_id, a.student_id, count(*) AS questions
        FROM session_questions q CROSS JOIN LATERAL (
            SELECT session_id, student_id FROM answered_questions
            WHERE session_id = q.session_id AND question_id = q.question_id OFFSET 0
        ) a
        WHERE q.publications = 0 AND q.answers > 0
        GROUP BY a.session_id, a.student_id
    ),
    strays AS MATERIALIZED (
        SELECT st.*, u.questions FROM unpublished u CROSS JOIN LATERAL (
            SELECT * FROM session_students WHERE session_id = u.session_id AND student_id = u.student_id OFFSET 0
        ) st
    ),
    attendance AS MATERIALIZED (
        SELECT session_id, sum(participants) AS participants, sum(completed) AS completed,
               sum(answered)::bigint AS answered
        FROM (
            SELECT session_id, count(*) AS participants,
                   count(*) FILTER (WHERE published > 0 AND questions_answered = published) AS completed,
                   sum(questions_answered) AS answered
            FROM ({_present("session_students")}) st JOIN asked USING (session_id) GROUP BY session_id
            UNION ALL
            SELECT session_id, 0,
                   CASE WHEN published > 0 THEN
                       (questions_answered - questions = published)::int - (questions_answered = published)::int
                   ELSE 0 END,
                   -questions
            FROM ({_present("strays")}) st JOIN asked USING (session_id)
        ) counted GROUP BY session_id
    ),
    facts AS MATERIALIZED (
        SELECT scope.*, coalesce(sizes.students, 0) AS students, coalesce(asked.published, 0) AS published,
               coalesce(participants, 0) AS participants, coalesce(completed, 0) AS completed,
               coalesce(answered, 0) AS answered
        FROM scope LEFT JOIN asked USING (session_id) LEFT JOIN attendance USING (session_id)
             LEFT JOIN sizes USING (classroom_id)
    )"""
"""facts: `scope`, here all sessions, with those and completed, answered and published."""
