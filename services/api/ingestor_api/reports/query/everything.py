"""Rosters and what sessions amount to, for queries about all sessions: the same as scopes.py, read through the tables.

Nothing is materialized before its rows are grouped, so that Postgres can share the reading among its processes.
"""

from collections.abc import Sequence
from typing import Final

ROSTER: Final = """
    roster AS MATERIALIZED (
        SELECT classroom_id, student_id FROM rosters
        UNION ALL
        SELECT DISTINCT s.classroom_id, st.student_id FROM session_students st JOIN sessions s USING (session_id)
        WHERE st.answers > 0 AND NOT EXISTS (SELECT FROM rosters WHERE classroom_id = s.classroom_id)
    )"""
"""roster(classroom_id, student_id): the catalog's, or else everyone who ever answered there."""

# A join, since NOT IN (SELECT ...) is a hash table only while Postgres expects it to fit into memory.
_ROSTERED: Final = """
        LEFT JOIN (SELECT DISTINCT classroom_id FROM rosters) rostered ON rostered.classroom_id = s.classroom_id"""
_ENROLLED: Final = f"""
        LEFT JOIN rosters r ON r.classroom_id = s.classroom_id AND r.student_id = {{student}}{_ROSTERED}"""
# Where no roster was given, everyone who answered is on it.
_IS_ENROLLED: Final = "(r.student_id IS NOT NULL OR rostered.classroom_id IS NULL)"

ENROLLED: Final = f"""{_ENROLLED.format(student="a.student_id")}
        CROSS JOIN LATERAL (SELECT CASE WHEN {_IS_ENROLLED} THEN a.student_id END AS student_id) enrolled"""
"""Joined to answers (a) of sessions (s): enrolled(student_id), null where the answer's student is not on the roster."""


def _present(students: str) -> str:
    """Rows of `students`, which has the columns of `session_students`, of those on the roster who answered."""
    # Whoever did not answer adds nothing.
    return f"""
        SELECT st.* FROM {students} st JOIN sessions s USING (session_id){_ENROLLED.format(student="st.student_id")}
        WHERE st.answers > 0 AND {_IS_ENROLLED}"""


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
# put right then, so that the many need no join with them. Nor are the many joined with the questions of their sessions,
# which would keep Postgres from sharing the reading, but only how many of a session answered how many.


def completion(*, with_completed: bool, with_answered: bool) -> str:
    """facts: `scope`, here all sessions, with those and published, and with completed and answered if asked for."""
    completed = ", coalesce(a.completed, 0) - coalesce(c.completed, 0) AS completed" * with_completed
    answered = ", coalesce(a.answered, 0) - coalesce(c.answered, 0) AS answered" * with_answered
    return f"""{_SIZES},
    asked AS MATERIALIZED (
        SELECT session_id, count(*) FILTER (WHERE publications > 0) AS published,
               bool_or(publications = 0 AND answers > 0) AS has_unpublished
        FROM session_questions GROUP BY session_id
    ),
    attendance AS MATERIALIZED ({_counted_alike(with_answered=with_answered) if with_completed else _ANSWERED}
    ),
    unpublished AS MATERIALIZED (
        SELECT session_id, student_id, published, count(*) AS questions
        FROM asked CROSS JOIN LATERAL (
            SELECT question_id FROM session_questions
            WHERE session_id = asked.session_id AND publications = 0 AND answers > 0 OFFSET 0
        ) q CROSS JOIN LATERAL (
            SELECT student_id FROM answered_questions
            WHERE session_id = asked.session_id AND question_id = q.question_id OFFSET 0
        ) a
        WHERE asked.has_unpublished GROUP BY session_id, student_id, published
    ),
    strays AS MATERIALIZED (
        SELECT st.*, u.published, u.questions FROM unpublished u CROSS JOIN LATERAL (
            SELECT * FROM session_students WHERE session_id = u.session_id AND student_id = u.student_id OFFSET 0
        ) st
    ),
    corrections AS MATERIALIZED (
        SELECT session_id, sum(questions)::bigint AS answered,
               count(*) FILTER (WHERE published > 0 AND questions_answered = published)
               - count(*) FILTER (WHERE published > 0 AND questions_answered - questions = published) AS completed
        FROM ({_present("strays")}) st GROUP BY session_id
    ),
    facts AS MATERIALIZED (
        SELECT scope.*, coalesce(sizes.students, 0) AS students, coalesce(asked.published, 0) AS published,
               coalesce(a.participants, 0) AS participants{completed}{answered}
        FROM scope LEFT JOIN asked USING (session_id) LEFT JOIN attendance a USING (session_id)
             LEFT JOIN corrections c USING (session_id) LEFT JOIN sizes USING (classroom_id)
    )"""


_ANSWERED: Final = f"""
        SELECT session_id, count(*) AS participants, sum(questions_answered)::bigint AS answered
        FROM ({_present("session_students")}) st GROUP BY session_id"""


def _counted_alike(*, with_answered: bool) -> str:
    # The sum of integers is a bigint; that of bigints a decimal, which takes longer.
    return f"""
        SELECT session_id, sum(students) AS participants,
               coalesce(sum(students) FILTER (WHERE questions_answered = published), 0) AS completed
               {", sum(students * questions_answered)::bigint AS answered" * with_answered}
        FROM (
            SELECT session_id, questions_answered, count(*)::integer AS students
            FROM ({_present("session_students")}) st GROUP BY session_id, questions_answered
        ) alike JOIN asked USING (session_id) GROUP BY session_id"""


# Different students of days are counted by bits: a hash table of every pair of a day and a student is larger than a
# processor's cache, and the bits of 64 students are one number. Numbers come from the table `rosters` itself: of a
# common table expression Postgres does not know how many rows go together, and would hold the answers instead.
_NUMBERED: Final = "dense_rank() OVER (ORDER BY student_id) AS number"

LISTED: Final = f"""
        LEFT JOIN (SELECT classroom_id, student_id, {_NUMBERED} FROM rosters) listed
               ON listed.classroom_id = s.classroom_id AND listed.student_id = a.student_id{_ROSTERED}"""
"""Joined to answers (a) of sessions (s): their students on the roster."""
STUDENTS: Final = (
    "listed.number / 64 AS block",
    "bit_or(1::bigint << (listed.number % 64)::integer) AS bits",
    # Without a roster everyone is on it.
    "CASE WHEN listed.number IS NULL AND rostered.classroom_id IS NULL THEN a.student_id END AS unlisted",
)
"""Columns of the same: bits of up to 64 students, or the one who has none here."""


def different(groups: Sequence[str], students: str) -> str:
    """A statement: of each of the groups, the columns `groups` and, as `students`, how many different ones it has.

    `students` is a statement with the columns `groups` and those of STUDENTS.
    """
    return f"""
        SELECT {", ".join([*groups, "sum(bit_count(bits)) AS students"])}
        FROM (
            SELECT {", ".join([*groups, _BITS])}
            FROM ({students} GROUP BY {", ".join([*groups, "block", "unlisted"])}) students
            -- Somebody without a number here may have one on another roster.
            LEFT JOIN (SELECT student_id, {_NUMBERED} FROM (SELECT DISTINCT student_id FROM rosters) once) known
                   ON known.student_id = unlisted
            GROUP BY {", ".join([*groups, *_OF_ALL])}
        ) blocks {f"GROUP BY {', '.join(groups)}" if groups else ""}"""


_OF_ALL: Final = ("coalesce(block, number / 64)", "CASE WHEN number IS NULL THEN unlisted END")
_BITS: Final = """
            bit_or(CASE WHEN unlisted IS NULL THEN bits
                        ELSE 1::bigint << (coalesce(number, 0) % 64)::integer END)::bit(64) AS bits"""
