"""The common table expressions that a statement is put together from: the sessions concerned, and what is told of them.

`chosen` (alias s) are the sessions that the query's filters and time range leave: everything else starts from it.
"""

from collections.abc import Sequence, Set
from typing import Final

from ingestor_api.reports.query.filters import Condition
from ingestor_api.reports.query.lookups import Lookups
from ingestor_api.reports.query.vocabulary import Owner, Part
from ingestor_api.reports.scopes import FACTS, ROSTER
from ingestor_common.store.grading import graded


def between(at: str, start: str | None, end: str | None) -> list[str]:
    """Conditions that hold where start <= at < end; `start` and `end` are parameters, None where open."""
    return [f"{at} >= {start}"] * (start is not None) + [f"{at} < {end}"] * (end is not None)


def where(conditions: Sequence[str]) -> str:
    return f"WHERE {' AND '.join(conditions)}" if conditions else ""


def sessions(
    needs: Set[Part], conditions: Sequence[Condition], start: str | None, end: str | None, lookups: Lookups
) -> list[str]:
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
    parts.append(_chosen(needs, others, lookups))
    return parts


_SCOPE: Final = """
    scope AS MATERIALIZED (
        SELECT s.session_id, s.quiz_id, s.classroom_id, s.teacher_id, s.started_at, s.first_event_at, s.last_event_at,
               greatest(coalesce(s.ended_at, s.last_event_at) - s.started_at, interval '0') AS duration
        FROM sessions s {where}
    )"""

_CLASSES: Final = """
    classes AS (SELECT DISTINCT classroom_id FROM scope)"""


def _chosen(needs: Set[Part], conditions: Sequence[str], lookups: Lookups) -> str:
    source = "facts" if Part.ATTENDANCE in needs else "scope"
    if Part.TITLES in needs:
        source = f"""(
            SELECT scoped.*, coalesce(c.name, '') AS classroom_name, coalesce(z.title, '') AS quiz_title
            FROM {source} scoped
            {lookups.row_or_null("classrooms", "c", "c.classroom_id = scoped.classroom_id")}
            {lookups.row_or_null("quizzes", "z", "z.quiz_id = scoped.quiz_id")}
        )"""
    return f"""
    chosen AS MATERIALIZED (SELECT * FROM {source} s {where(conditions)})"""


def responses(needs: Set[Part], lookups: Lookups) -> str:
    """`responses` (alias a): every answer and skip of the chosen sessions, with what it is worth."""
    # The span of each session keeps the search to the months that it touches.
    of_session = (
        'e.session_id = chosen.session_id AND e."timestamp" BETWEEN chosen.first_event_at AND chosen.last_event_at'
    )
    answers = graded(
        f"""(
            SELECT e.* FROM chosen
            {lookups.rows("events", "e", of_session)}
        )""",
        all_keys=not lookups.by_index,
    )
    if Part.TIMER in needs:
        answers = f"""
        SELECT g.*, p.timer_sec FROM ({answers}) g
        LEFT JOIN LATERAL (
            SELECT timer_sec FROM publications p
            WHERE p.session_id = g.session_id AND p.question_id = g.question_id AND p.published_at <= g."timestamp"
            ORDER BY p.published_at DESC, p.event_id DESC LIMIT 1
        ) p ON true
    """
    return lookups.part("responses", answers)


def published(lookups: Lookups) -> str:
    """`published` (alias q): the questions of the chosen sessions, at their first publication there."""
    select = f"""
        SELECT q.session_id, q.question_id, q.first_published_at, p.timer_sec
        FROM chosen
        {lookups.rows("session_questions", "q", "q.session_id = chosen.session_id")}
        CROSS JOIN LATERAL (
            SELECT timer_sec FROM publications p
            WHERE p.session_id = q.session_id AND p.question_id = q.question_id
            ORDER BY p.published_at, p.event_id LIMIT 1
        ) p
        WHERE q.publications > 0
    """
    return lookups.part("published", select)


def difficulty(lookups: Lookups) -> str:
    """`difficulty` (alias d): of each question, its accuracy over all sessions."""
    accuracy = "100.0 * sum(correct) / nullif(sum(graded), 0) AS accuracy"
    if not lookups.by_index:
        return lookups.part("difficulty", f"SELECT question_id, {accuracy} FROM session_questions GROUP BY question_id")
    select = f"""
        SELECT asked.question_id, everywhere.accuracy
        FROM (
            SELECT DISTINCT q.question_id
            FROM chosen {lookups.rows("session_questions", "q", "q.session_id = chosen.session_id")}
        ) asked
        CROSS JOIN LATERAL (
            SELECT {accuracy} FROM session_questions WHERE question_id = asked.question_id
        ) everywhere
    """
    return lookups.part("difficulty", select)


def pace(lookups: Lookups) -> str:
    """`pace` (alias p): of each session, its publications."""
    select = f"""
        SELECT p.session_id, count(*) AS publications, min(p.published_at) AS first, max(p.published_at) AS last
        FROM chosen {lookups.rows("publications", "p", "p.session_id = chosen.session_id")}
        GROUP BY p.session_id
    """
    return lookups.part("pace", select)


def students_answering(lookups: Lookups) -> str:
    """`students_answering` (alias r): of each question in each session, how many of the roster answered it."""
    select = f"""
        SELECT s.session_id, a.question_id, count(*) AS students
        FROM chosen s {lookups.rows("answered_questions", "a", "a.session_id = s.session_id")}
        WHERE (s.classroom_id, a.student_id) IN (SELECT classroom_id, student_id FROM roster)
        GROUP BY s.session_id, a.question_id
    """
    return lookups.part("students_answering", select)


FIRST_ANSWERS: Final = """
    first_answers AS (
        SELECT session_id, question_id, min(response_ms) AS response_ms FROM responses WHERE answered
        GROUP BY session_id, question_id
    )"""
"""first_answers (alias f): of each question in each session, the shortest response time."""
