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

# Where no roster was given, everyone who answered is on it; whoever did not adds nothing.
_PRESENT: Final = """
            session_students st JOIN sessions s USING (session_id)
            LEFT JOIN rosters r ON r.classroom_id = s.classroom_id AND r.student_id = st.student_id"""
_ENROLLED: Final = """
            st.answers > 0
            AND (r.student_id IS NOT NULL OR s.classroom_id NOT IN (SELECT DISTINCT classroom_id FROM rosters))"""

_SIZES: Final = """
    sizes AS (SELECT classroom_id, count(*) AS students FROM roster GROUP BY classroom_id)"""

PARTICIPATION: Final = f"""{_SIZES},
    attendance AS MATERIALIZED (
        SELECT st.session_id, count(*) AS participants
        FROM {_PRESENT}
        WHERE {_ENROLLED}
        GROUP BY st.session_id
    ),
    facts AS MATERIALIZED (
        SELECT scope.*, coalesce(sizes.students, 0) AS students, coalesce(participants, 0) AS participants
        FROM scope LEFT JOIN attendance USING (session_id) LEFT JOIN sizes USING (classroom_id)
    )"""
"""facts: `scope`, here all sessions, with students and participants of scopes.FACTS."""

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
    attendance AS MATERIALIZED (
        SELECT session_id, count(*) AS participants,
               count(*) FILTER (WHERE published > 0 AND answered = published) AS completed,
               sum(answered)::bigint AS answered
        FROM (
            SELECT st.session_id, asked.published, st.questions_answered - coalesce(u.questions, 0) AS answered
            FROM {_PRESENT}
            JOIN asked ON asked.session_id = st.session_id
            LEFT JOIN unpublished u ON u.session_id = st.session_id AND u.student_id = st.student_id
            WHERE {_ENROLLED}
        ) present GROUP BY session_id
    ),
    facts AS MATERIALIZED (
        SELECT scope.*, coalesce(sizes.students, 0) AS students, coalesce(asked.published, 0) AS published,
               coalesce(participants, 0) AS participants, coalesce(completed, 0) AS completed,
               coalesce(answered, 0) AS answered
        FROM scope LEFT JOIN asked USING (session_id) LEFT JOIN attendance USING (session_id)
             LEFT JOIN sizes USING (classroom_id)
    )"""
"""facts: `scope`, here all sessions, with those and completed, answered and published."""
