"""The common table expressions that a statement is put together from: the sessions concerned, and what is told of them.

`chosen` (alias s) are the sessions that the query's filters and time range leave: everything else starts from it.
"""

from collections.abc import Sequence, Set
from typing import Final

from ingestor_api.reports.query.filters import Condition
from ingestor_api.reports.query.vocabulary import Owner, Part
from ingestor_api.reports.scopes import FACTS, ROSTER
from ingestor_common.store.grading import graded


def between(at: str, start: str | None, end: str | None) -> list[str]:
    """Conditions that hold where start <= at < end; `start` and `end` are parameters, None where open."""
    return [f"{at} >= {start}"] * (start is not None) + [f"{at} < {end}"] * (end is not None)


def where(conditions: Sequence[str]) -> str:
    return f"WHERE {' AND '.join(conditions)}" if conditions else ""


def sessions(needs: Set[Part], conditions: Sequence[Condition], start: str | None, end: str | None) -> list[str]:
    """`chosen`, and what it takes: sessions that may hold a fact in the time range, with the filters on sessions."""
    mine = [condition for condition in conditions if condition.dimension.owner is Owner.SESSION]
    stored = [condition.over(condition.dimension.sql) for condition in mine if condition.dimension.stored]
    others = [condition.over(condition.dimension.sql) for condition in mine if not condition.dimension.stored]
    # Every fact of a session lies between its first and its last event.
    overlapping = between("s.last_event_at", start, None) + between("s.first_event_at", None, end)
    parts = [_SCOPE.format(where=where([*stored, *overlapping]))]
    if needs & {Part.ROSTER, Part.ATTENDANCE, Part.STUDENTS_ANSWERING}:
        parts += [_CLASSES, ROSTER]
    if Part.ATTENDANCE in needs:
        parts.append(FACTS)
    parts.append(_chosen(needs, others))
    return parts


_SCOPE: Final = """
    scope AS MATERIALIZED (
        SELECT s.session_id, s.quiz_id, s.classroom_id, s.teacher_id, s.started_at, s.first_event_at, s.last_event_at,
               greatest(coalesce(s.ended_at, s.last_event_at) - s.started_at, interval '0') AS duration
        FROM sessions s {where}
    )"""

_CLASSES: Final = """
    classes AS (SELECT DISTINCT classroom_id FROM scope)"""


def _chosen(needs: Set[Part], conditions: Sequence[str]) -> str:
    source = "facts" if Part.ATTENDANCE in needs else "scope"
    if Part.TITLES in needs:
        source = f"""(
            SELECT scoped.*, coalesce(c.name, '') AS classroom_name, coalesce(z.title, '') AS quiz_title
            FROM {source} scoped LEFT JOIN classrooms c USING (classroom_id) LEFT JOIN quizzes z USING (quiz_id)
        )"""
    return f"""
    chosen AS MATERIALIZED (SELECT * FROM {source} s {where(conditions)})"""


def responses(needs: Set[Part], bounded: bool) -> str:
    """`responses` (alias a): every answer and skip of the chosen sessions, with what it is worth.

    `bounded` where the query chooses sessions: the span of theirs keeps the search to the months it touches.
    """
    span = """
            WHERE e."timestamp" BETWEEN (SELECT min(first_event_at) FROM chosen)
                                    AND (SELECT max(last_event_at) FROM chosen)"""
    events = f"""(
            SELECT e.* FROM chosen
            JOIN events e ON e.session_id = chosen.session_id
                         AND e."timestamp" BETWEEN chosen.first_event_at AND chosen.last_event_at{span * bounded}
        )"""
    if Part.TIMER not in needs:
        return f"""
    responses AS ({graded(events)})"""
    return f"""
    responses AS (
        SELECT g.*, p.timer_sec FROM ({graded(events)}) g
        LEFT JOIN LATERAL (
            SELECT timer_sec FROM publications p
            WHERE p.session_id = g.session_id AND p.question_id = g.question_id AND p.published_at <= g."timestamp"
            ORDER BY p.published_at DESC, p.event_id DESC LIMIT 1
        ) p ON true
    )"""


PUBLISHED: Final = """
    published AS (
        SELECT q.session_id, q.question_id, q.first_published_at, p.timer_sec
        FROM chosen JOIN session_questions q USING (session_id)
        CROSS JOIN LATERAL (
            SELECT timer_sec FROM publications p
            WHERE p.session_id = q.session_id AND p.question_id = q.question_id
            ORDER BY p.published_at, p.event_id LIMIT 1
        ) p
        WHERE q.publications > 0
    )"""
"""published (alias q): the questions of the chosen sessions, at their first publication there."""

DIFFICULTY: Final = """
    difficulty AS (
        SELECT question_id, 100.0 * sum(correct) / nullif(sum(graded), 0) AS accuracy
        FROM session_questions GROUP BY question_id
    )"""
"""difficulty (alias d): of each question, its accuracy over all sessions."""

PACE: Final = """
    pace AS (
        SELECT session_id, count(*) AS publications, min(published_at) AS first, max(published_at) AS last
        FROM chosen JOIN publications USING (session_id) GROUP BY session_id
    )"""
"""pace (alias p): of each session, its publications."""

STUDENTS_ANSWERING: Final = """
    students_answering AS (
        SELECT s.session_id, a.question_id, count(*) AS students
        FROM chosen s JOIN answered_questions a USING (session_id)
        WHERE (s.classroom_id, a.student_id) IN (SELECT classroom_id, student_id FROM roster)
        GROUP BY s.session_id, a.question_id
    )"""
"""students_answering (alias r): of each question in each session, how many of the roster answered it."""

FIRST_ANSWERS: Final = """
    first_answers AS (
        SELECT session_id, question_id, min(response_ms) AS response_ms FROM responses WHERE answered
        GROUP BY session_id, question_id
    )"""
"""first_answers (alias f): of each question in each session, the shortest response time."""
