"""Projections: what reports read, kept in the transaction that stores the events.

Every quantity is folded in by an operation that does not care about order (sums, least, greatest, set union), so any
arrival order and any split between the paths gives the same rows. Only what answers are worth depends on something that
may come later (a publication after its answers, a changed answer key): then the session's answers are graded again, all
of them, by the same definition. `refold` computes everything afresh by the very same statements.

The caller holds the rows of `sessions` concerned, so that nobody else folds into the same session.

What was computed of the same rows in several ways is put together by UNION ALL and GROUP BY, never by a join: Postgres
has no statistics of rows that are just being stored, and would compare each with each. See
docs/adr/0056-plans-without-statistics.md.
"""

from collections.abc import Sequence
from typing import Final

from ingestor_common.store import partitions, retention
from ingestor_common.store.grading import COUNTS, graded, regrade_statement
from ingestor_common.store.pool import Connection

_EVENTS: Final = (
    "(SELECT * FROM events WHERE session_id = ANY($1::uuid[])"
    ' AND "timestamp" BETWEEN $2::timestamptz AND $3::timestamptz)'
)


def _fold_sessions(source: str) -> str:
    return f"""
        WITH e AS MATERIALIZED (SELECT * FROM {source} e),
        told AS MATERIALIZED (
            SELECT session_id, max(events) AS events, min(first) AS first, max(last) AS last, min(started) AS started,
                   max(ended) AS ended, (array_agg(quiz_id) FILTER (WHERE named_by IS NOT NULL))[1] AS quiz_id,
                   (array_agg(classroom_id) FILTER (WHERE named_by IS NOT NULL))[1] AS classroom_id,
                   max(named_at) AS named_at, max(named_by) AS named_by,
                   (array_agg(teacher_id) FILTER (WHERE taught_by IS NOT NULL))[1] AS teacher_id,
                   max(taught_at) AS taught_at, max(taught_by) AS taught_by
            FROM (
                SELECT session_id, count(*) AS events, min("timestamp") AS first, max("timestamp") AS last,
                       min("timestamp") FILTER (WHERE event_type = 'SESSION_STARTED') AS started,
                       max("timestamp") FILTER (WHERE event_type = 'SESSION_ENDED') AS ended,
                       NULL::uuid AS quiz_id, NULL::uuid AS classroom_id, NULL::timestamptz AS named_at,
                       NULL::text AS named_by, NULL::uuid AS teacher_id, NULL::timestamptz AS taught_at,
                       NULL::text AS taught_by
                FROM e GROUP BY session_id
                UNION ALL
                (SELECT DISTINCT ON (session_id) session_id, NULL, NULL, NULL, NULL, NULL,
                        quiz_id, classroom_id, "timestamp", event_id, NULL, NULL, NULL
                 FROM e ORDER BY session_id, "timestamp", event_id)
                UNION ALL
                (SELECT DISTINCT ON (session_id) session_id, NULL, NULL, NULL, NULL, NULL,
                        NULL, NULL, NULL, NULL, teacher_id, "timestamp", event_id
                 FROM e WHERE teacher_id IS NOT NULL ORDER BY session_id, "timestamp", event_id)
            ) parts GROUP BY session_id
        )
        UPDATE sessions t SET
            events = t.events + told.events,
            first_event_at = least(t.first_event_at, told.first),
            last_event_at = greatest(t.last_event_at, told.last),
            first_started_at = least(t.first_started_at, told.started),
            ended_at = greatest(t.ended_at, told.ended),
            (quiz_id, classroom_id, named_at, named_by) = (
                SELECT n.quiz_id, n.classroom_id, n.at, n.by
                FROM (VALUES (t.quiz_id, t.classroom_id, t.named_at, t.named_by),
                             (told.quiz_id, told.classroom_id, told.named_at, told.named_by)
                     ) n (quiz_id, classroom_id, at, by)
                ORDER BY n.at, n.by LIMIT 1
            ),
            (teacher_id, teacher_named_at, teacher_named_by) = (
                SELECT n.teacher_id, n.at, n.by
                FROM (VALUES (t.teacher_id, t.teacher_named_at, t.teacher_named_by),
                             (told.teacher_id, told.taught_at, told.taught_by)
                     ) n (teacher_id, at, by)
                ORDER BY n.at, n.by LIMIT 1
            )
        FROM told WHERE t.session_id = told.session_id
    """


def _keep_publications(source: str) -> str:
    return f"""
        INSERT INTO publications (session_id, question_id, published_at, event_id, timer_sec, correct_answer)
        SELECT session_id, question_id, "timestamp", event_id, timer_sec, correct_answer
        FROM {source} e WHERE event_type = 'QUESTION_PUBLISHED'
    """


def _fold_publications(source: str) -> str:
    return f"""
        INSERT INTO session_questions AS t (session_id, question_id, publications, first_published_at)
        SELECT session_id, question_id, count(*), min("timestamp")
        FROM {source} e WHERE event_type = 'QUESTION_PUBLISHED'
        GROUP BY session_id, question_id
        ON CONFLICT (session_id, question_id) DO UPDATE SET
            publications = t.publications + excluded.publications,
            first_published_at = least(t.first_published_at, excluded.first_published_at)
    """


_ADD_COUNTS: Final = """
            answers = t.answers + excluded.answers,
            skips = t.skips + excluded.skips,
            graded = t.graded + excluded.graded,
            correct = t.correct + excluded.correct,
            late = t.late + excluded.late,
            response_ms = t.response_ms + excluded.response_ms,
            responses = t.responses + excluded.responses
"""


def _fold_answers(source: str) -> str:
    # One statement for all tables, so that each answer is graded once.
    return f"""
        WITH g AS MATERIALIZED ({graded(source)}),
        questions AS (
            INSERT INTO session_questions AS t (
                session_id, question_id, answers, skips, graded, correct, late, response_ms, responses,
                last_answer_at)
            SELECT session_id, question_id, {COUNTS}, max("timestamp") FILTER (WHERE answered)
            FROM g GROUP BY session_id, question_id
            ON CONFLICT (session_id, question_id) DO UPDATE SET {_ADD_COUNTS},
                last_answer_at = greatest(t.last_answer_at, excluded.last_answer_at)
        ),
        given AS (
            INSERT INTO answer_counts AS t (session_id, question_id, answer_hash, answer, answers)
            SELECT session_id, question_id, sha256(convert_to(answer, 'UTF8')), answer, count(*)
            FROM g WHERE answered GROUP BY session_id, question_id, answer
            ON CONFLICT (session_id, question_id, answer_hash) DO UPDATE SET answers = t.answers + excluded.answers
        ),
        first_answers AS (
            INSERT INTO answered_questions (session_id, student_id, question_id)
            SELECT DISTINCT session_id, student_id, question_id FROM g WHERE answered
            ON CONFLICT DO NOTHING
            RETURNING session_id, student_id
        )
        INSERT INTO session_students AS t (
            session_id, student_id, answers, skips, graded, correct, late, response_ms, responses,
            first_answer_at, last_answer_at, questions_answered)
        SELECT session_id, student_id, sum(answers), sum(skips), sum(graded), sum(correct), sum(late), sum(response_ms),
               sum(responses), min(first_answer_at), max(last_answer_at), sum(questions)
        FROM (
            SELECT session_id, student_id, {COUNTS}, min("timestamp") FILTER (WHERE answered) AS first_answer_at,
                   max("timestamp") FILTER (WHERE answered) AS last_answer_at, 0 AS questions
            FROM g GROUP BY session_id, student_id
            UNION ALL
            SELECT session_id, student_id, 0, 0, 0, 0, 0, 0, 0, NULL, NULL, count(*)
            FROM first_answers GROUP BY session_id, student_id
        ) s GROUP BY session_id, student_id
        ON CONFLICT (session_id, student_id) DO UPDATE SET {_ADD_COUNTS},
            first_answer_at = least(t.first_answer_at, excluded.first_answer_at),
            last_answer_at = greatest(t.last_answer_at, excluded.last_answer_at),
            questions_answered = t.questions_answered + excluded.questions_answered
    """


_SESSIONS_OF_STORED = _fold_sessions("stored")
_KEEP_STORED_PUBLICATIONS = _keep_publications("stored")
_PUBLICATIONS_OF_STORED = _fold_publications("stored")
_ANSWERS_OF_STORED = _fold_answers("stored")
_SESSIONS_OF_EVENTS = _fold_sessions(_EVENTS)
_KEEP_PUBLICATIONS_OF_EVENTS = _keep_publications(_EVENTS)
_PUBLICATIONS_OF_EVENTS = _fold_publications(_EVENTS)
_ANSWERS_OF_EVENTS = _fold_answers(_EVENTS)
_REGRADE_EVENTS = regrade_statement(_EVENTS)


_HOLD_SESSIONS: Final = "SELECT FROM sessions WHERE session_id = ANY($1::uuid[]) ORDER BY session_id FOR NO KEY UPDATE"


async def hold_sessions(connection: Connection, sessions: Sequence[str]) -> None:
    """Keep others from folding into `sessions` until the commit; in order, so that two never wait in a ring."""
    await connection.execute(_HOLD_SESSIONS, sessions)


async def keep_publications(connection: Connection) -> None:
    """Remember the publications among the rows just stored."""
    await connection.execute(_KEEP_STORED_PUBLICATIONS)


# Rows are compared, which only the primary key can do. The index on the question alone would look as good to Postgres
# while it knows of one session, and leads through all sessions of the question.
_DIRTIED: Final = """
    SELECT DISTINCT s.session_id FROM stored s CROSS JOIN LATERAL (
        SELECT last_answer_at FROM session_questions
        WHERE (session_id, question_id) >= (s.session_id, s.question_id)
          AND (session_id, question_id) <= (s.session_id, s.question_id) OFFSET 0
    ) q
    WHERE s.event_type = 'QUESTION_PUBLISHED' AND q.last_answer_at >= s."timestamp"
"""


async def dirtied_by_publications(connection: Connection) -> set[str]:
    """The sessions in which a publication just stored came after an answer that belongs to it."""
    rows = await connection.fetch(_DIRTIED)
    return {row["session_id"] for row in rows}


async def fold(connection: Connection, *, publications: bool, answers: bool) -> None:
    """Fold the rows just stored into the projections.

    `publications` and `answers` say whether there are any: most batches need not run every statement.
    """
    await connection.execute(_SESSIONS_OF_STORED)
    if publications:
        await connection.execute(_PUBLICATIONS_OF_STORED)
    if answers:
        await connection.execute(_ANSWERS_OF_STORED)


async def regrade(connection: Connection, sessions: Sequence[str]) -> None:
    """Grade the answers of `sessions` again, by the publications and keys of now. What was answered is not touched.

    A session that began in a month whose partition is gone stays as it is, as for `refold`.
    """
    if whole := await _whole(connection, sessions):
        await connection.execute(_REGRADE_EVENTS, *await _span(connection, whole))


async def refold(connection: Connection, sessions: Sequence[str]) -> None:
    """Compute the projections of `sessions` afresh from their events; they hold the times their events span.

    A session that began before the retention mark, or in a month whose partition is gone, stays as it is: its
    projections are all that tells of it.
    """
    if whole := await _whole(connection, sessions):
        await _refold(connection, whole)


async def _whole(connection: Connection, sessions: Sequence[str]) -> list[str]:
    mark = await retention.hold(connection)
    rows = await connection.fetch(
        "SELECT session_id, first_event_at FROM sessions WHERE session_id = ANY($1::uuid[])"
        " AND isfinite(first_event_at) ORDER BY session_id",
        sessions,
    )
    gone = await partitions.gone(connection, [row["first_event_at"] for row in rows])
    cut = {
        str(row["session_id"])
        for row in rows
        if retention.is_expired(row["first_event_at"], mark) or partitions.months_of([row["first_event_at"]]) & gone
    }
    return [session for session in sessions if str(session) not in cut]


async def _span(connection: Connection, sessions: Sequence[str]) -> tuple[object, ...]:
    """The arguments of `_EVENTS`: the span of time keeps the search to the months it touches."""
    first, last = await connection.fetchrow(  # type: ignore[misc]
        "SELECT min(first_event_at), max(last_event_at) FROM sessions WHERE session_id = ANY($1::uuid[])",
        sessions,
    )
    return sessions, first, last


async def _refold(connection: Connection, sessions: Sequence[str]) -> None:
    span = await _span(connection, sessions)
    await _clear(connection, sessions)
    await connection.execute(_KEEP_PUBLICATIONS_OF_EVENTS, *span)
    await connection.execute(_SESSIONS_OF_EVENTS, *span)
    await connection.execute(_PUBLICATIONS_OF_EVENTS, *span)
    await connection.execute(_ANSWERS_OF_EVENTS, *span)


async def _clear(connection: Connection, sessions: Sequence[str]) -> None:
    for table in ("publications", "session_questions", "session_students", "answer_counts", "answered_questions"):
        await connection.execute(f"DELETE FROM {table} WHERE session_id = ANY($1::uuid[])", sessions)
    await connection.execute(
        "UPDATE sessions SET events = 0, named_at = 'infinity', first_event_at = 'infinity',"
        " last_event_at = '-infinity', first_started_at = NULL, ended_at = NULL,"
        " teacher_id = NULL, teacher_named_at = NULL, teacher_named_by = NULL"
        " WHERE session_id = ANY($1::uuid[])",
        sessions,
    )
