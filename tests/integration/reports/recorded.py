"""Answers as recordings of practice have them: many short sessions of single students, all about the same quiz."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

from ingestor_common.events import Event
from ingestor_common.store import catalog
from ingestor_common.store.pool import Pool
from ingestor_common.store.writer import Writer

STUDENTS, SESSIONS_EACH, ANSWERS_EACH, CLASS_SIZE, QUESTIONS = 240, 4, 12, 24, 30
FIRST_DAY = datetime(2026, 10, 25, 8, tzinfo=UTC)
"""The sessions are held in the two weeks from here, and so in two months."""

_SESSION, _QUIZ, _CLASSROOM, _QUESTION, _STUDENT, _TEACHER = range(1, 7)
_BATCH = 1000


def _id(kind: int, number: int) -> UUID:
    return UUID(int=kind << 96 | number)


IDENTIFIERS = {
    "session_id": str(_id(_SESSION, 77)),
    "classroom_id": str(_id(_CLASSROOM, 1)),
    "quiz_id": str(_id(_QUIZ, 0)),
    "question_id": str(_id(_QUESTION, 3)),
    "student_id": str(_id(_STUDENT, 25)),
}
"""One thing of each kind that is there, by the name of its parameter."""
QUIZ, QUESTION = _id(_QUIZ, 0), _id(_QUESTION, 3)


def events() -> list[Event]:
    """12,000 events and more in 960 sessions, in the order in which they happened."""
    chance = Random(14)
    found = [
        event
        for student in range(STUDENTS)
        for turn in range(SESSIONS_EACH)
        for event in _session(student, turn, chance)
    ]
    return sorted(found, key=lambda event: event.timestamp)


def _session(student: int, turn: int, chance: Random) -> Iterator[Event]:
    classroom = student // CLASS_SIZE
    number = student * SESSIONS_EACH + turn
    # By number, so that what is asked about is there whatever the order is.
    at = FIRST_DAY + timedelta(days=chance.randrange(14), seconds=chance.randrange(20_000))
    session, room, teacher = _id(_SESSION, number), _id(_CLASSROOM, classroom), _id(_TEACHER, classroom % 4)
    first = number % 3
    for question in range(3):
        yield Event(
            event_id=f"published-{question}", event_type="QUESTION_PUBLISHED", timestamp=at, session_id=session,
            quiz_id=QUIZ, classroom_id=room, teacher_id=teacher, question_id=_id(_QUESTION, first + question),
            timer_sec=60,
        )  # fmt: skip
    for place in range(ANSWERS_EACH):
        at += timedelta(seconds=chance.randrange(2, 90))
        yield Event(
            event_id=f"answer-{place}", event_type="ANSWER_SUBMITTED", timestamp=at, session_id=session, quiz_id=QUIZ,
            classroom_id=room, question_id=_id(_QUESTION, first + place % 3), student_id=_id(_STUDENT, student),
            answer=chance.choice("AAB"),
        )  # fmt: skip


async def put_catalog(pool: Pool) -> None:
    """Rosters of every other classroom, names, and keys."""
    async with pool.acquire() as connection:
        await catalog.put_quiz(connection, QUIZ, "Practice", None)
        for question in range(QUESTIONS):
            await catalog.put_question(connection, _id(_QUESTION, question), QUIZ, None, "A")
        for classroom in range(0, STUDENTS // CLASS_SIZE, 2):
            room = _id(_CLASSROOM, classroom)
            await catalog.put_classroom(connection, room, f"Class {classroom}")
            seats = range(classroom * CLASS_SIZE, (classroom + 1) * CLASS_SIZE)
            await catalog.put_roster(connection, room, [(_id(_STUDENT, seat), f"Student {seat}") for seat in seats])


async def store(pool: Pool, all_of: Sequence[Event]) -> None:
    """Store the events in batches, as they come."""
    writer = Writer(pool)
    for start in range(0, len(all_of), _BATCH):
        await writer.write(all_of[start : start + _BATCH])
