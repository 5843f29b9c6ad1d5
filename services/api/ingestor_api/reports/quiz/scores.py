"""Scores of a quiz over sessions of several classrooms: means over sessions, grouped by what they have equal."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from ingestor_api.reports.exact import Exact, mean, percent, ratio
from ingestor_api.reports.report import Row
from ingestor_api.reports.scopes import FACTS, ROSTER

QUIZ_FACTS: Final = f"""
    scope AS (SELECT session_id, classroom_id, started_at FROM sessions WHERE quiz_id = $1),
    classes AS (SELECT DISTINCT classroom_id FROM scope),
    {ROSTER},
    {FACTS},
    alike AS (
        SELECT array_agg(students) AS students, array_agg(published) AS published, array_agg(sessions) AS sessions,
               array_agg(participants) AS participants, array_agg(answered) AS answered,
               coalesce(sum(sessions), 0)::bigint AS total_sessions,
               coalesce(sum(graded), 0)::bigint AS graded, coalesce(sum(correct), 0)::bigint AS correct
        FROM (
            SELECT students, published, count(*) AS sessions, sum(participants)::bigint AS participants,
                   sum(answered)::bigint AS answered, sum(graded) AS graded, sum(correct) AS correct
            FROM facts GROUP BY students, published
        ) g
    )"""
"""alike: one row, with arrays over the groups of sessions with equal roster size and published questions."""


@dataclass(frozen=True, slots=True)
class _Group:
    students: int
    published: int
    sessions: int
    participants: int
    answered: int


@dataclass(frozen=True, slots=True)
class QuizScores:
    """Exact scores of a quiz over its sessions. See the fields of the reports that show them."""

    accuracy: Exact
    engagement: Exact
    completion: Exact

    @property
    def effectiveness(self) -> Exact:
        return mean((self.accuracy, self.engagement))


def quiz_scores(row: Row) -> QuizScores:
    """From a row with the columns of `alike`."""
    groups = list(_groups(row))
    return QuizScores(
        accuracy=percent(row["correct"], row["graded"]),
        engagement=_mean_over_sessions(
            (percent(group.participants, group.students), group.sessions) for group in groups
        ),
        completion=_mean_over_sessions(
            (percent(group.answered, group.students * group.published), group.sessions) for group in groups
        ),
    )


def _groups(row: Row) -> Iterator[_Group]:
    columns = (row[name] or () for name in ("students", "published", "sessions", "participants", "answered"))
    return (_Group(*group) for group in zip(*columns, strict=True))


def _mean_over_sessions(groups: Iterator[tuple[Exact, int]]) -> Exact:
    """The mean over sessions, from (sum of the sessions' values, sessions) of each group; unknown ones are skipped."""
    known = [(total, sessions) for total, sessions in groups if total is not None]
    return ratio(sum((total for total, _ in known), Fraction(0)), sum(sessions for _, sessions in known))
