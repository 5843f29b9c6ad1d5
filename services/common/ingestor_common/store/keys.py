"""Answer keys: which answer is right for a question, and the locks that keep grading consistent while one changes.

A key counts for every session of its question. An answer is graded when it is stored, so a key that changes at the
same moment must not be missed: whoever stores answers holds shared locks on the buckets of their questions until the
commit; whoever changes a key holds its bucket alone. Buckets, because Postgres' lock table is finite.
"""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from ingestor_common.store.pool import Connection

_LOCK_SPACE: Final = 0x6B657973
_BUCKETS: Final = 64

EFFECTIVE_KEYS: Final = """
    SELECT q.question_id, coalesce(c.correct_answer, p.correct_answer) AS answer
    FROM unnest($1::uuid[]) AS q(question_id)
    LEFT JOIN questions c ON c.question_id = q.question_id
    LEFT JOIN LATERAL (
        SELECT correct_answer FROM publications
        WHERE question_id = q.question_id AND correct_answer IS NOT NULL
        ORDER BY published_at DESC, event_id DESC, session_id DESC LIMIT 1
    ) p ON true
"""


def bucket(question_id: UUID) -> int:
    return int(question_id) % _BUCKETS


async def lock(connection: Connection, shared: Iterable[UUID], alone: Iterable[UUID]) -> None:
    """Hold the buckets of `shared` together with other writers and those of `alone` against all, until the commit."""
    exclusive = {bucket(question) for question in alone}
    buckets = sorted(exclusive | {bucket(question) for question in shared})
    if not buckets:
        return
    # In order of the bucket, whichever kind: two that lock in the same order cannot wait for each other in a ring.
    await connection.execute(
        "SELECT CASE WHEN alone THEN pg_advisory_xact_lock($3, bucket)"
        " ELSE pg_advisory_xact_lock_shared($3, bucket) END"
        " FROM unnest($1::int[], $2::bool[]) AS b(bucket, alone)",
        buckets,
        [number in exclusive for number in buckets],
        _LOCK_SPACE,
    )


async def changing(connection: Connection, answers: Iterable[tuple[UUID, str]]) -> list[UUID]:
    """The questions whose keys may change once these answers are published; perhaps more. It takes no locks."""
    pairs = sorted(set(answers))
    rows = await connection.fetch(
        "SELECT DISTINCT p.question_id FROM unnest($1::uuid[], $2::text[]) AS p(question_id, answer)"
        " LEFT JOIN questions c USING (question_id) LEFT JOIN answer_keys k USING (question_id)"
        " WHERE c.correct_answer IS NULL AND k.answer IS DISTINCT FROM p.answer",
        [question for question, _ in pairs],
        [answer for _, answer in pairs],
    )
    return [UUID(row["question_id"]) for row in rows]


async def changed(connection: Connection, questions: Iterable[UUID]) -> list[UUID]:
    """Those whose effective key is another than the one that answers are graded by."""
    rows = await connection.fetch(
        f"SELECT e.question_id FROM ({EFFECTIVE_KEYS}) e LEFT JOIN answer_keys k USING (question_id)"
        " WHERE e.answer IS DISTINCT FROM k.answer",
        list(questions),
    )
    return [UUID(row["question_id"]) for row in rows]


async def refresh(connection: Connection, questions: Iterable[UUID]) -> None:
    """Grade by the effective keys from now on. The caller holds the buckets alone and regrades what is stored."""
    ids = list(questions)
    await connection.execute(
        f"INSERT INTO answer_keys (question_id, answer) SELECT question_id, answer FROM ({EFFECTIVE_KEYS}) e"
        " WHERE answer IS NOT NULL ORDER BY question_id"
        " ON CONFLICT (question_id) DO UPDATE SET answer = excluded.answer",
        ids,
    )
    await connection.execute(
        "DELETE FROM answer_keys WHERE question_id IN"
        f" (SELECT question_id FROM ({EFFECTIVE_KEYS}) e WHERE answer IS NULL)",
        ids,
    )


async def sessions_answering(connection: Connection, questions: Iterable[UUID], limit: int | None = None) -> list[str]:
    """The sessions in which any of the questions was answered, and so must be regraded when its key changes; at most
    `limit` of them."""
    rows = await connection.fetch(
        "SELECT DISTINCT session_id FROM session_questions WHERE question_id = ANY($1::uuid[]) AND answers > 0"
        " LIMIT $2",
        list(questions),
        limit,
    )
    return [row["session_id"] for row in rows]
