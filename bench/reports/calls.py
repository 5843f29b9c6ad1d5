"""What is asked of each report, for ids drawn at random, and how long it may take."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from bench.reports import school

from ingestor_api.reports.registry import REPORTS
from ingestor_api.reports.report import Asked, Report
from ingestor_common.store.pool import Pool

SESSION_LIMIT_MS: Final = 25.0
CLASSROOM_LIMIT_MS: Final = 60.0

_WIDE: Final = {"quiz_id", "classroom_id", "student_id"}

_DRAW: Final = """
    SELECT s.session_id, s.quiz_id, s.classroom_id, s.last_event_at, q.question_id, st.student_id
    FROM (SELECT * FROM sessions ORDER BY md5(session_id::text) LIMIT $1) s
    CROSS JOIN LATERAL (
        SELECT question_id FROM session_questions WHERE session_id = s.session_id
        ORDER BY md5(question_id::text) LIMIT 1
    ) q
    CROSS JOIN LATERAL (
        SELECT student_id FROM session_students WHERE session_id = s.session_id
        ORDER BY md5(student_id::text) LIMIT 1
    ) st
"""


@dataclass(frozen=True, slots=True)
class Call:
    """One request of a report at a time."""

    report: Report[Any, Any]
    asked: Asked
    now: datetime


@dataclass(frozen=True, slots=True)
class Ids:
    """A session at random, with its quiz, its classroom, and one of its questions and students each."""

    values: dict[str, Any]
    last_event_at: datetime

    def call(self, report: Report[Any, Any]) -> Call:
        """The report with its ids from here, and its defaults otherwise."""
        asked = report.asked(**{name: self.values[name] for name in report.asked.model_fields if name in self.values})
        # Who is active is asked during a session, or it would show nobody.
        live = report.name == "active-participants"
        return Call(report, asked, self.last_event_at + timedelta(minutes=1) if live else school.NOW)


async def draw(pool: Pool, count: int) -> list[Ids]:
    """So many sessions with their ids, in an order that has nothing to do with how they are stored."""
    rows = await pool.fetch(_DRAW, count)
    return [Ids(dict(row), row["last_event_at"]) for row in rows]


def limit_ms(report: Report[Any, Any]) -> float:
    """What the 95th percentile may be: less for one session or question than for a classroom, quiz or student."""
    return CLASSROOM_LIMIT_MS if _WIDE & set(report.asked.model_fields) else SESSION_LIMIT_MS


def shuffled(seed: int) -> Sequence[Report[Any, Any]]:
    """All reports, each time in another order, so that none always follows the same other."""
    return random.Random(seed).sample(REPORTS, len(REPORTS))
