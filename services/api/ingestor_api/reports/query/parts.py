"""The common table expressions that a statement is put together from: the sessions concerned, and what is told of them.

`chosen` (alias s) are the sessions that the query's filters and time range leave: everything else starts from it.
"""

from collections.abc import Sequence, Set
from typing import Final

from ingestor_api.reports import bands, scopes
from ingestor_api.reports.query import everything
from ingestor_api.reports.query.filters import Condition
from ingestor_api.reports.query.lookups import BY_INDEX, Lookups
from ingestor_api.reports.query.vocabulary import Owner, Part, Projection
from ingestor_common.store.grading import graded


def between(at: str, start: str | None, end: str | None) -> list[str]:
    """Conditions that hold where start <= at < end; `start` and `end` are parameters, None where open."""
    return [f"{at} >= {start}"] * (start is not None) + [f"{at} < {end}"] * (end is not None)


def where(conditions: Sequence[str]) -> str:
    return f"WHERE {' AND '.join(conditions)}" if conditions else ""


def sessions(
    needs: Set[Part],
    conditions: Sequence[Condition],
    start: str | None,
    end: str | None,
    lookups: Lookups,
    told: str,
) -> list[str]:
    """`chosen`, and what it takes: sessions that may hold a fact in the time range, with the filters on sessions.

    They have the columns `told` beside their own.
    """
    mine = [condition for condition in conditions if condition.dimension.owner is Owner.SESSION]
    stored = [condition.over(condition.dimension.sql) for condition in mine if condition.dimension.stored]
    others = [condition.over(condition.dimension.sql) for condition in mine if not condition.dimension.stored]
    # Every fact of a session lies between its first and its last event.
    overlapping = between("s.last_event_at", start, None) + between("s.first_event_at", None, end)
    parts = [_SCOPE.format(where=where([*stored, *overlapping]))]
    if lookups.by_index and needs & {Part.ROSTER, Part.ATTENDANCE, Part.STUDENTS_ANSWERING}:
        parts += [_CLASSES, scopes.ROSTER]
    elif Part.ATTENDANCE in needs:
        parts.append(everything.ROSTER)
    if Part.ATTENDANCE in needs:
        parts.append(_facts(needs, lookups))
    if needs & _IN_ROSTERS:
        parts.append(_COMMON_MULTIPLE.format(name="common_rosters", whole="students"))
    if Part.ANSWERED_SHARE in needs:
        parts.append(_COMMON_MULTIPLE.format(name="common_seats", whole="published * students"))
    parts.append(_chosen(needs, others, lookups, told))
    return parts


def _facts(needs: Set[Part], lookups: Lookups) -> str:
    if lookups.by_index:
        return scopes.FACTS
    completed = not needs.isdisjoint({Part.COMPLETION_SHARE, Part.ENGAGEMENT_SHARE})
    answered = Part.ANSWERED_SHARE in needs
    if not completed and not answered:
        return everything.PARTICIPATION
    return everything.completion(with_completed=completed, with_answered=answered)


_SCOPE: Final = """
    scope AS MATERIALIZED (
        SELECT s.session_id, s.quiz_id, s.classroom_id, s.teacher_id, s.started_at, s.first_event_at, s.last_event_at,
               greatest(coalesce(s.ended_at, s.last_event_at) - s.started_at, interval '0') AS duration
        FROM sessions s {where}
    )"""

_CLASSES: Final = """
    classes AS (SELECT DISTINCT classroom_id FROM scope)"""


# Shares of sessions are whole numbers of a common unit, one part in a number that all rosters divide (or all seats: a
# student's place for a published question), so that sums of them are exact, and cost no more than sums of decimals.
ROSTERS: Final = "(SELECT multiple FROM common_rosters)"
SEATS: Final = "(SELECT multiple FROM common_seats)"
_UNIT: Final = f"div({ROSTERS}, nullif(s.students, 0))"
_IN_ROSTERS: Final = frozenset({Part.PARTICIPATION_SHARE, Part.COMPLETION_SHARE, Part.ENGAGEMENT_SHARE})

# Once for each session, not for each of its students or questions.
_WORKED_OUT: Final = {
    Part.PARTICIPATION_SHARE: f"s.participants * {_UNIT}",
    Part.COMPLETION_SHARE: f"CASE WHEN s.published > 0 THEN s.completed * {_UNIT} END",
    Part.ANSWERED_SHARE: f"s.answered * div({SEATS}, nullif(s.published * s.students, 0))",
    # In halves of the unit.
    Part.ENGAGEMENT_SHARE: f"(s.participants + CASE WHEN s.published > 0 THEN s.completed ELSE s.participants END)"
    f" * {_UNIT}",
    Part.ENGAGEMENT_LEVEL: bands.engagement_level.sql("(100.0 * s.participants / nullif(s.students, 0))"),
}
"""Columns of a session that are called as the part is."""

_COMMON_MULTIPLE: Final = """
    {name} AS MATERIALIZED (
        WITH RECURSIVE steps AS (
            SELECT 0 AS place, 1::numeric AS multiple, array_agg(DISTINCT {whole}) AS wholes FROM facts
            WHERE {whole} > 0
            UNION ALL
            SELECT place + 1, lcm(multiple, wholes[place + 1]), wholes FROM steps WHERE place < cardinality(wholes)
        )
        SELECT max(multiple) AS multiple FROM steps
    )"""


def _chosen(needs: Set[Part], conditions: Sequence[str], lookups: Lookups, told: str) -> str:
    source = "facts" if Part.ATTENDANCE in needs else "scope"
    if Part.TITLES in needs:
        source = f"""(
            SELECT scoped.*, coalesce(c.name, '') AS classroom_name, coalesce(z.title, '') AS quiz_title
            FROM {source} scoped
            {lookups.row_or_null("classrooms", "c", "c.classroom_id = scoped.classroom_id")}
            {lookups.row_or_null("quizzes", "z", "z.quiz_id = scoped.quiz_id")}
        )"""
    columns = [f"{sql} AS {part}" for part, sql in _WORKED_OUT.items() if part in needs]
    if columns:
        source = f"(SELECT *, {', '.join(columns)} FROM {source} s)"
    return f"""
    chosen AS MATERIALIZED (SELECT {", ".join(["*", *[told] * bool(told)])} FROM {source} s {where(conditions)})"""


def responses(needs: Set[Part], lookups: Lookups) -> str:
    """`responses` (alias a): every answer and skip of the chosen sessions, with what it is worth."""
    answers = graded(f"({_events('chosen', lookups)})", all_keys=not lookups.by_index)
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


def responses_of_the_rest(*, are_graded: bool) -> str:
    """`responses` of the sessions that are not whole; only `are_graded` have what they are worth."""
    events = _events("(SELECT * FROM chosen WHERE NOT is_whole) chosen", BY_INDEX)
    if are_graded:
        return BY_INDEX.part("responses", graded(f"({events})"))
    select = f"""
        SELECT e.session_id, e.question_id, e.student_id, e."timestamp", e.answer <> '' AS answered FROM ({events}) e
        WHERE e.event_type = 'ANSWER_SUBMITTED'
    """
    return BY_INDEX.part("responses", select)


def _events(sessions: str, lookups: Lookups) -> str:
    # The span of each session keeps the search to the months that it touches.
    of_session = (
        'e.session_id = chosen.session_id AND e."timestamp" BETWEEN chosen.first_event_at AND chosen.last_event_at'
    )
    return f"""
            SELECT e.* FROM {sessions}
            {lookups.rows("events", "e", of_session)}
        """


_COUNTS: Final = {"answers": "answered::int::bigint", "skips": "(NOT answered)::int::bigint"}
_WORTH: Final = {
    "graded": "(correct IS NOT NULL)::int::bigint",
    "correct": "(correct IS TRUE)::int::bigint",
    "late": "(answered AND late)::int::bigint",
    "response_ms": "coalesce(response_ms, 0)",
    "responses": "(response_ms IS NOT NULL)::int::bigint",
}
"""The columns of the projections, as they are of one answer. Of the same types: only then does Postgres read both as
one table, without the columns and the rows that are not asked for."""
_OF_ROW: Final = {Projection.QUESTIONS: ("question_id",), Projection.STUDENTS: ("student_id", "questions_answered")}


def counted(projection: Projection, lookups: Lookups, *, is_split: bool, are_graded: bool) -> str:
    """`counted` (alias a): rows of the projection, of the chosen sessions and perhaps of others.

    Where `is_split`, each row of `responses` too, as if it were one: these have a time, those of the projection none.
    """
    counts = _COUNTS | _WORTH if are_graded else _COUNTS
    columns = ["session_id", *_OF_ROW[projection], *counts]
    found = f"FROM {projection}"
    if lookups.by_index:
        columns = [f"a.{column}" for column in columns]
        found = f"FROM chosen {lookups.rows(projection, 'a', 'a.session_id = chosen.session_id')}"
    if not is_split:
        return lookups.part("counted", f"SELECT {', '.join(columns)} {found}", is_stored=True)
    key = "question_id" if projection is Projection.QUESTIONS else "student_id, NULL::bigint"
    select = f"""
        SELECT {", ".join(columns)}, NULL::timestamptz AS "timestamp"
        {found}
        UNION ALL
        SELECT session_id, {key}, {", ".join(counts.values())}, "timestamp" FROM responses
    """
    return lookups.part("counted", select, is_stored=True)


_FIRST_TIMER_BY_INDEX: Final = """
        CROSS JOIN LATERAL (
            SELECT timer_sec FROM publications p
            WHERE p.session_id = q.session_id AND p.question_id = q.question_id
            ORDER BY p.published_at, p.event_id LIMIT 1
        ) p"""
# Of those at the same time the first by name, as above.
_FIRST_TIMER: Final = """
        JOIN publications p ON p.session_id = q.session_id AND p.question_id = q.question_id
                           AND p.published_at = q.first_published_at
                           AND NOT EXISTS (
                               SELECT FROM publications same
                               WHERE same.session_id = p.session_id AND same.question_id = p.question_id
                                 AND same.published_at = p.published_at AND same.event_id < p.event_id
                           )"""


def published(lookups: Lookups, needs: Set[Part]) -> str:
    """`published` (alias q): the questions of the chosen sessions, at their first publication there."""
    has_timer = Part.TIMER in needs
    timer = (_FIRST_TIMER_BY_INDEX if lookups.by_index else _FIRST_TIMER) * has_timer
    select = f"""
        SELECT q.session_id, q.question_id, q.first_published_at{", p.timer_sec" * has_timer}
        FROM chosen
        {lookups.rows("session_questions", "q", "q.session_id = chosen.session_id")}{timer}
        WHERE q.publications > 0
    """
    return lookups.part("published", select)


def difficulty(lookups: Lookups) -> str:
    """`difficulty` (alias d): of each question, the word for its accuracy over all sessions."""
    level = bands.difficulty.sql("(100.0 * sum(correct) / nullif(sum(graded), 0))") + " AS level"
    if not lookups.by_index:
        return lookups.part("difficulty", f"SELECT question_id, {level} FROM session_questions GROUP BY question_id")
    select = f"""
        SELECT asked.question_id, everywhere.level
        FROM (
            SELECT DISTINCT q.question_id
            FROM chosen {lookups.rows("session_questions", "q", "q.session_id = chosen.session_id")}
        ) asked
        CROSS JOIN LATERAL (
            SELECT {level} FROM session_questions WHERE question_id = asked.question_id
        ) everywhere
    """
    return lookups.part("difficulty", select)


def pace(lookups: Lookups) -> str:
    """`pace` (alias p): of each session that has some, its publications, and the time from the first to the last."""
    select = f"""
        SELECT p.session_id, count(*) AS publications,
               greatest(60000000, 1000000 * extract(epoch FROM max(p.published_at) - min(p.published_at)))::bigint
               AS microseconds
        FROM chosen {lookups.rows("publications", "p", "p.session_id = chosen.session_id")}
        GROUP BY p.session_id
    """
    return lookups.part("pace", select)


def students_answering(lookups: Lookups) -> str:
    """`students_answering` (alias r): of each question in each session, how many of the roster answered it."""
    answered = f"chosen s {lookups.rows('answered_questions', 'a', 'a.session_id = s.session_id')}"
    if lookups.by_index:
        # By itself: joined to the sessions first, the roster would multiply the lookups.
        columns = "s.session_id, s.classroom_id, a.question_id, a.student_id"
        answered = f"(SELECT {columns} FROM {answered} OFFSET 0) a JOIN roster USING (classroom_id, student_id)"
    else:
        answered += f"{everything.ENROLLED} WHERE enrolled.student_id IS NOT NULL"
    select = f"""
        SELECT a.session_id, a.question_id, count(*) AS students FROM {answered}
        GROUP BY a.session_id, a.question_id
    """
    return lookups.part("students_answering", select)


FIRST_ANSWERS: Final = """
    first_answers AS (
        SELECT session_id, question_id, min(response_ms) AS response_ms FROM responses WHERE answered
        GROUP BY session_id, question_id
    )"""
"""first_answers (alias f): of each question in each session, the shortest response time."""
