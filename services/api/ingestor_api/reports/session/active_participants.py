"""active-participants: who answered in a session just now."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from pydantic import Field

from ingestor_api.reports.exact import percent, shown
from ingestor_api.reports.pages import Pagination, listed, pagination
from ingestor_api.reports.parameters import OfSession, Paged, Recent
from ingestor_api.reports.report import Body, Report, Row
from ingestor_api.reports.scopes import EVENTS_OF_SESSION
from ingestor_common.store.grading import graded


class ActiveParticipantsAsked(Paged, Recent, OfSession):
    """A page of a session's active students."""


class ActiveParticipant(Body):
    student_id: UUID
    accuracy: float | None = Field(description="100 x correct / graded answers of the time range.")


class ActiveParticipants(Body):
    """The students who answered in the time range that ends now."""

    session_id: UUID
    time_range: str
    pagination: Pagination
    active_participants: list[ActiveParticipant] = Field(description="In order of student_id.")
    total_participants: int = Field(description="Students with an answer in the time range.")
    page_participants: int
    average_accuracy_percent: float | None = Field(
        description="100 x correct / graded answers of the time range, over all students and not only the page."
    )


STATEMENT: Final = f"""
    WITH recent AS MATERIALIZED (
        SELECT * FROM ({graded(EVENTS_OF_SESSION)}) g WHERE answered AND "timestamp" > $2 AND "timestamp" <= $3
    ),
    active AS (
        SELECT student_id, count(correct) AS graded, count(*) FILTER (WHERE correct) AS correct,
               row_number() OVER (ORDER BY student_id) AS place
        FROM recent GROUP BY student_id
    ),
    whole AS (
        SELECT count(DISTINCT student_id) AS total, count(correct) AS all_graded,
               count(*) FILTER (WHERE correct) AS all_correct
        FROM recent
    )
    SELECT whole.*, active.* FROM whole LEFT JOIN active ON place > $4 AND place <= $5 ORDER BY place
"""


def active_participants(asked: ActiveParticipantsAsked, rows: Sequence[Row]) -> ActiveParticipants:
    """Students with an answer (a skip is none) in the time range that ends now, and how right those answers were."""
    students = [
        ActiveParticipant(student_id=row["student_id"], accuracy=shown(percent(row["correct"], row["graded"])))
        for row in listed(rows)
    ]
    whole = rows[0]
    return ActiveParticipants(
        session_id=asked.session_id,
        time_range=asked.time_range,
        pagination=pagination(asked, rows),
        active_participants=students,
        total_participants=whole["total"],
        page_participants=len(students),
        average_accuracy_percent=shown(percent(whole["all_correct"], whole["all_graded"])),
    )


def _arguments(asked: ActiveParticipantsAsked, now: datetime) -> tuple[object, ...]:
    return asked.session_id, now - asked.length, now, asked.after, asked.up_to


REPORT: Final = Report(
    name="active-participants",
    title="Who answered in a session just now",
    asked=ActiveParticipantsAsked,
    body=ActiveParticipants,
    statement=STATEMENT,
    arguments=_arguments,
    build=active_participants,
)
