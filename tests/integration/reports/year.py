"""A school year in the store, written straight into its tables: enough for plans to look like a real school's.

The rows are not the projections of these events; only their number and shape matter to the planner.
"""

from datetime import UTC, datetime
from hashlib import md5
from uuid import UUID

from ingestor_common.store import partitions
from ingestor_common.store.pool import Pool

FIRST_MONTH = datetime(2025, 9, 1, tzinfo=UTC)
CLASSROOMS, SESSIONS_EACH, QUESTIONS_EACH, STUDENTS_EACH = 12, 60, 10, 30

_QUESTION = "md5('q' || c / 4 || '-' || n || '-' || q)::uuid"
_STUDENT = "md5('u' || c || '-' || u)::uuid"
_SESSIONS = f"""
    CREATE TEMP TABLE held AS
    SELECT c, n, md5('s' || c || '-' || n)::uuid AS session_id, md5('c' || c)::uuid AS classroom_id,
           md5('z' || c / 4 || '-' || n)::uuid AS quiz_id,
           timestamptz '2025-09-01 08:00Z' + n * interval '5 days' AS at
    FROM generate_series(1, {CLASSROOMS}) c, generate_series(0, {SESSIONS_EACH - 1}) n
"""

_STATEMENTS = (
    _SESSIONS,
    """INSERT INTO sessions (session_id, quiz_id, classroom_id, named_at, named_by, first_event_at, last_event_at,
                             first_started_at, ended_at, events)
       SELECT session_id, quiz_id, classroom_id, at, 'e', at, at + interval '30 min', at, at + interval '30 min', 310
       FROM held ORDER BY at""",
    f"""INSERT INTO publications
        SELECT session_id, {_QUESTION}, at + q * interval '2 min', 'p' || q, 60, 'B'
        FROM held, generate_series(1, {QUESTIONS_EACH}) q ORDER BY at""",
    f"""INSERT INTO session_questions (session_id, question_id, publications, first_published_at, answers, graded)
        SELECT session_id, {_QUESTION}, 1, at + q * interval '2 min', 30, 30
        FROM held, generate_series(1, {QUESTIONS_EACH}) q ORDER BY at""",
    f"""INSERT INTO session_students (session_id, student_id, answers, graded, correct, questions_answered)
        SELECT session_id, {_STUDENT}, 10, 10, 7, {QUESTIONS_EACH}
        FROM held, generate_series(1, {STUDENTS_EACH}) u ORDER BY at""",
    f"""INSERT INTO answered_questions (session_id, student_id, question_id)
        SELECT session_id, {_STUDENT}, {_QUESTION}
        FROM held, generate_series(1, {QUESTIONS_EACH}) q, generate_series(1, {STUDENTS_EACH}) u ORDER BY at""",
    f"""INSERT INTO answer_counts (session_id, question_id, answer_hash, answer, answers)
        SELECT session_id, {_QUESTION}, sha256(convert_to(chr(64 + a), 'UTF8')), chr(64 + a), 10
        FROM held, generate_series(1, {QUESTIONS_EACH}) q, generate_series(1, 3) a ORDER BY at""",
    f"""INSERT INTO rosters
        SELECT DISTINCT classroom_id, {_STUDENT} FROM held, generate_series(1, {STUDENTS_EACH}) u""",
    f"""INSERT INTO events (session_id, event_id, "timestamp", event_type, quiz_id, classroom_id, question_id,
                            student_id, answer)
        SELECT session_id, 'a' || q || '-' || u, at + q * interval '2 min' + u * interval '1 s', 'ANSWER_SUBMITTED',
               quiz_id, classroom_id, {_QUESTION}, {_STUDENT}, 'B'
        FROM held, generate_series(1, {QUESTIONS_EACH}) q, generate_series(1, {STUDENTS_EACH}) u ORDER BY at""",
    "DROP TABLE held",
    "ANALYZE",
)


async def hold_a_year(store: Pool) -> None:
    """216,000 answers of 12 classrooms over ten months, with statistics."""
    async with store.acquire() as connection:
        await partitions.ensure(connection, partitions.months_ahead(FIRST_MONTH, 11))
        for statement in _STATEMENTS:
            await connection.execute(statement)


def _id(text: str) -> str:
    return str(UUID(md5(text.encode(), usedforsecurity=False).hexdigest()))


IDENTIFIERS = {
    "session_id": _id("s3-7"),
    "classroom_id": _id("c3"),
    "quiz_id": _id("z0-7"),
    "question_id": _id("q0-7-4"),
    "student_id": _id("u3-5"),
}
"""One thing of each kind that is in this year, by the name of its parameter."""
