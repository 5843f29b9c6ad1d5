"""Lists of sessions, newest first: a classroom's and a quiz's differ in the column they look at."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Final
from uuid import UUID

from pydantic import Field

from ingestor_api.reports.exact import mean, percent, shown
from ingestor_api.reports.pages import listed
from ingestor_api.reports.report import Body, Row
from ingestor_api.reports.scopes import FACTS, ROSTER


class ListedSession(Body):
    session_id: UUID
    quiz_title: str = Field(description="Empty when the catalog does not name the quiz.")
    classroom_name: str = Field(description="Empty when the catalog does not name the classroom.")
    started_at: datetime
    duration: str = Field(description='From start to end, or else to the last event: "0h 45m 7s".')
    duration_seconds: float
    total_students: int = Field(description="Students of the classroom's roster.")
    participating_students: int = Field(description="Of them, those with an answer.")
    total_questions: int = Field(description="Distinct questions published.")
    average_accuracy: float | None = Field(description="100 x correct / graded answers.")
    completion_rate: float | None = Field(description="Percentage of the roster who answered every question.")
    engagement_score: float | None = Field(description="Mean of participation and completion_rate.")


class SessionsSummary(Body):
    total_sessions: int
    page_sessions: int


def statement(of: str) -> str:
    """The sessions whose column `of` is $1, newest first, from after place $2 to place $3."""
    return f"""
        WITH everything AS (
            SELECT *, row_number() OVER (ORDER BY started_at DESC, session_id) AS place FROM sessions WHERE {of} = $1
        ),
        scope AS MATERIALIZED (SELECT * FROM everything WHERE place <= $3 AND place > $2),
        classes AS (SELECT DISTINCT classroom_id FROM scope),
        {ROSTER},
        {FACTS}
        -- Titles and names are looked up for each row; a join may be planned as a look at every one there is.
        SELECT whole.total, facts.*,
               coalesce((SELECT title FROM quizzes WHERE quiz_id = facts.quiz_id), '') AS title,
               coalesce((SELECT name FROM classrooms WHERE classroom_id = facts.classroom_id), '') AS name
        FROM (SELECT count(*) AS total FROM sessions WHERE {of} = $1) whole LEFT JOIN facts ON true
        ORDER BY facts.place
    """


def page_of_sessions(rows: Sequence[Row]) -> dict[str, object]:
    """Sessions, newest first (then by session_id), each with its own numbers."""
    sessions = [_listed(row) for row in listed(rows)]
    summary = SessionsSummary(total_sessions=rows[0]["total"], page_sessions=len(sessions))
    return {"sessions": sessions, "summary": summary}


def _listed(row: Row) -> ListedSession:
    duration = max(timedelta(0), (row["ended_at"] or row["last_event_at"]) - row["started_at"])
    students = row["students"]
    completion = percent(row["completed"], students) if row["published"] else None
    return ListedSession(
        session_id=row["session_id"],
        quiz_title=row["title"],
        classroom_name=row["name"],
        started_at=row["started_at"],
        duration=duration_text(duration),
        duration_seconds=shown(Fraction(duration // timedelta(microseconds=1), _MICROSECONDS)),
        total_students=students,
        participating_students=row["participants"],
        total_questions=row["published"],
        average_accuracy=shown(percent(row["correct"], row["graded"])),
        completion_rate=shown(completion),
        engagement_score=shown(mean((percent(row["participants"], students), completion))),
    )


_MICROSECONDS: Final = 1_000_000


def duration_text(duration: timedelta) -> str:
    """ "0h 45m 7s": always three parts, a begun second left out."""
    minutes, seconds = divmod(duration // timedelta(seconds=1), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h {minutes}m {seconds}s"
