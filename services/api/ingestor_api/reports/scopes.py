"""The parts that statements about several sessions are put together from: rosters, and what a session amounts to.

Each part is a list of common table expressions that reads others by name; a statement defines those before it:
`classes(classroom_id)`, the classrooms concerned, and `scope(session_id, classroom_id, ...)`, the sessions concerned.

The rows of a session are read by LATERAL ... OFFSET 0, which Postgres does not turn into a join: whatever it believes
of a table that has just been filled, it looks them up by the primary key; and nothing else is joined beside them, since
that would be done again for each session. See docs/adr/0056-plans-without-statistics.md.
"""

from typing import Final

ROSTER: Final = """
    roster AS MATERIALIZED (
        SELECT c.classroom_id, r.student_id
        FROM classes c CROSS JOIN LATERAL (
            SELECT student_id FROM rosters WHERE classroom_id = c.classroom_id
            UNION ALL
            SELECT DISTINCT st.student_id FROM sessions s CROSS JOIN LATERAL (
                SELECT student_id FROM session_students WHERE session_id = s.session_id AND answers > 0 OFFSET 0
            ) st
            WHERE s.classroom_id = c.classroom_id
              AND NOT EXISTS (SELECT FROM rosters WHERE classroom_id = c.classroom_id)
        ) r
    )"""
"""roster(classroom_id, student_id) of `classes`: the catalog's, or else everyone who ever answered there."""

FACTS: Final = """
    sizes AS (SELECT classroom_id, count(*) AS students FROM roster GROUP BY classroom_id),
    asked AS MATERIALIZED (
        SELECT session_id, classroom_id, count(*) FILTER (WHERE publications > 0) AS published,
               bool_and(publications > 0 OR answers = 0) AS answers_published_only,
               sum(graded)::bigint AS graded, sum(correct)::bigint AS correct
        FROM scope CROSS JOIN LATERAL (
            SELECT publications, answers, graded, correct FROM session_questions
            WHERE session_id = scope.session_id OFFSET 0
        ) q GROUP BY session_id, classroom_id
    ),
    seen AS MATERIALIZED (
        SELECT session_id, classroom_id, student_id, published, answers > 0 AS participated,
               -- Nearly always everything answered was published, and then counting is enough.
               CASE WHEN answers_published_only THEN st.questions_answered
                    ELSE (SELECT count(*) FROM answered_questions a
                          CROSS JOIN LATERAL (
                              SELECT publications FROM session_questions
                              WHERE session_id = a.session_id AND question_id = a.question_id OFFSET 0
                          ) q
                          WHERE a.session_id = asked.session_id AND a.student_id = st.student_id AND q.publications > 0)
               END AS answered
        FROM asked CROSS JOIN LATERAL (
            SELECT student_id, answers, questions_answered FROM session_students
            WHERE session_id = asked.session_id OFFSET 0
        ) st
    ),
    present AS MATERIALIZED (
        -- A join: IN (SELECT ...) as a value is a hash table only while Postgres expects the roster to fit into memory,
        -- and else a search through the whole roster for each row.
        SELECT seen.*, roster.student_id IS NOT NULL AS enrolled
        FROM seen LEFT JOIN roster ON roster.classroom_id = seen.classroom_id AND roster.student_id = seen.student_id
    ),
    attendance AS MATERIALIZED (
        SELECT session_id, count(*) FILTER (WHERE participated) AS participants,
               count(*) FILTER (WHERE published > 0 AND answered = published) AS completed,
               sum(answered)::bigint AS answered
        FROM present WHERE enrolled GROUP BY session_id
    ),
    facts AS MATERIALIZED (
        SELECT scope.*, coalesce(sizes.students, 0) AS students, coalesce(asked.published, 0) AS published,
               coalesce(asked.graded, 0) AS graded, coalesce(asked.correct, 0) AS correct,
               coalesce(attendance.participants, 0) AS participants, coalesce(attendance.completed, 0) AS completed,
               coalesce(attendance.answered, 0) AS answered
        FROM scope LEFT JOIN asked USING (session_id) LEFT JOIN attendance USING (session_id)
             LEFT JOIN sizes ON sizes.classroom_id = scope.classroom_id
    )"""
"""facts: `scope` with, for each session, from `roster`:

students (of the roster), participants (of them, who answered), completed (who answered every published question),
answered (published questions answered, summed over the roster), published (questions), graded and correct (answers,
of everyone).
"""

EVENTS_OF_SESSION: Final = """(
    SELECT * FROM events WHERE session_id = $1
       AND "timestamp" BETWEEN (SELECT first_event_at FROM sessions WHERE session_id = $1)
                           AND (SELECT last_event_at FROM sessions WHERE session_id = $1)
)"""
"""The events of session $1; the span of time keeps the search to the months it touches."""
