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

FACTS: Final = """
    sizes AS (SELECT classroom_id, count(*) AS students FROM roster GROUP BY classroom_id),
    asked AS NOT MATERIALIZED (
        SELECT session_id, count(*) FILTER (WHERE publications > 0) AS published,
               bool_and(publications > 0 OR answers = 0) AS answers_published_only
        FROM session_questions GROUP BY session_id
    ),
    attendance AS MATERIALIZED (
        SELECT session_id, count(*) AS participants,
               count(*) FILTER (WHERE published > 0 AND answered = published) AS completed,
               sum(answered)::bigint AS answered
        FROM (
            SELECT st.session_id, asked.published,
                   CASE WHEN answers_published_only THEN st.questions_answered
                        ELSE (SELECT count(*) FROM answered_questions a
                              JOIN session_questions q USING (session_id, question_id)
                              WHERE a.session_id = st.session_id AND a.student_id = st.student_id
                                AND q.publications > 0)
                   END AS answered
            FROM session_students st JOIN sessions s USING (session_id) JOIN asked USING (session_id)
            LEFT JOIN rosters r ON r.classroom_id = s.classroom_id AND r.student_id = st.student_id
            -- Where no roster was given, everyone who answered is on it; whoever did not adds nothing.
            WHERE st.answers > 0
              AND (r.student_id IS NOT NULL OR s.classroom_id NOT IN (SELECT DISTINCT classroom_id FROM rosters))
        ) present GROUP BY session_id
    ),
    facts AS MATERIALIZED (
        SELECT scope.*, coalesce(sizes.students, 0) AS students, coalesce(asked.published, 0) AS published,
               coalesce(attendance.participants, 0) AS participants, coalesce(attendance.completed, 0) AS completed,
               coalesce(attendance.answered, 0) AS answered
        FROM scope LEFT JOIN asked USING (session_id) LEFT JOIN attendance USING (session_id)
             LEFT JOIN sizes USING (classroom_id)
    )"""
"""facts: `scope`, here all sessions, with the columns of scopes.FACTS that measures are made of."""
