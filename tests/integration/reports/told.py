"""Tells the product a world of the oracle: events through the writer, the catalog through its functions."""

from collections.abc import Iterable
from uuid import UUID

import oracle.world as told
from oracle.histories import Step

from ingestor_common.events import DEFAULT_TIMER_SECONDS, Event
from ingestor_common.store import catalog
from ingestor_common.store.pool import Pool
from ingestor_common.store.writer import Writer

_TABLES = (
    "events", "sessions", "publications", "session_questions", "session_students", "answer_counts",
    "answered_questions", "answer_keys", "pending_regrades", "quizzes", "questions", "classrooms", "students",
    "rosters",
)  # fmt: skip


async def forget_everything(pool: Pool) -> None:
    """Empty the store."""
    await pool.execute(f"TRUNCATE {', '.join(_TABLES)}")


async def tell_anew(pool: Pool, steps: Iterable[Step]) -> None:
    """Make `steps` all that the product knows."""
    await forget_everything(pool)
    await tell(pool, steps)


async def tell(pool: Pool, steps: Iterable[Step]) -> None:
    """Tell the product `steps` one after the other."""
    writer = Writer(pool)
    for step in steps:
        if isinstance(step, told.Catalog):
            await _put(pool, step)
        elif step:
            await writer.write([event_of(event) for event in step])


async def _put(pool: Pool, known: told.Catalog) -> None:
    async with pool.acquire() as connection:
        for quiz, title in known.quiz_titles.items():
            await catalog.put_quiz(connection, UUID(quiz), title, None)
        for question, entry in known.questions.items():
            key = entry.correct_answer or None
            await catalog.put_question(connection, UUID(question), UUID(entry.quiz_id), None, key)
        for classroom, name in known.classroom_names.items():
            await catalog.put_classroom(connection, UUID(classroom), name)
        for classroom, students in known.rosters.items():
            entries = [(UUID(student), known.student_names.get(student)) for student in students]
            await catalog.put_roster(connection, UUID(classroom), entries)


def event_of(event: told.Event) -> Event:
    """The event as it comes out of `parse`: with the timer's default, and without an empty key."""
    timer = event.timer_sec
    if timer is None and event.event_type == "QUESTION_PUBLISHED":
        timer = DEFAULT_TIMER_SECONDS
    return Event(
        event_id=event.event_id,
        event_type=event.event_type,
        timestamp=event.timestamp,
        session_id=UUID(event.session_id),
        quiz_id=UUID(event.quiz_id),
        classroom_id=UUID(event.classroom_id),
        question_id=_id(event.question_id),
        teacher_id=_id(event.teacher_id),
        student_id=_id(event.student_id),
        timer_sec=timer,
        answer=event.answer,
        response_time_ms=event.response_time_ms,
        correct_answer=event.correct_answer or None,
    )


def _id(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)
