"""A year of a school: what is in it, by numbers alone, and the same every time.

Three classrooms share quizzes of ten questions and play each four times or five; 30 students sit in a classroom, one
or two are away from each session, some skip, some are late, and nobody answers at random. A smaller school has fewer
classrooms: what a report of one session, question, quiz, classroom or student shows is the same in both.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

from ingestor_common.events import Event, EventType

# The year ends here. The reports are asked at this time, so that "the last 7 days" holds sessions.
NOW: Final = datetime(2026, 6, 30, 12, tzinfo=UTC)

STUDENTS: Final = 30
QUESTIONS: Final = 10
CLASSROOMS_OF_A_QUIZ: Final = 3
QUIZZES: Final = 30
SESSIONS: Final = 122
_BETWEEN_SESSIONS: Final = timedelta(days=365) / SESSIONS
_BETWEEN_QUESTIONS: Final = timedelta(seconds=70)
_TIMER_SECONDS: Final = 60
_AWAY: Final = (1, 2)
_SKIPPED: Final = 0.03
_NAMESPACE: Final = UUID("7b8a2c94-90cf-4c37-8f6c-2f9d9f5a5f11")

ANSWERS_OF_A_CLASSROOM: Final = round(SESSIONS * QUESTIONS * (STUDENTS - sum(_AWAY) / len(_AWAY)) * (1 - _SKIPPED))


def classrooms_for(answers: int) -> int:
    """How many classrooms give at least so many answers; whole groups, so that every quiz is played alike."""
    group = ANSWERS_OF_A_CLASSROOM * CLASSROOMS_OF_A_QUIZ
    return CLASSROOMS_OF_A_QUIZ * max(1, round(answers / group))


def _id(*parts: object) -> UUID:
    return uuid5(_NAMESPACE, "/".join(map(str, parts)))


@dataclass(frozen=True, slots=True)
class Classroom:
    """One classroom; classrooms with the same `group` share quizzes."""

    number: int

    @property
    def group(self) -> int:
        return self.number // CLASSROOMS_OF_A_QUIZ

    @property
    def classroom_id(self) -> UUID:
        return _id("classroom", self.number)

    @property
    def students(self) -> list[UUID]:
        return [_id("student", self.number, place) for place in range(STUDENTS)]


def quiz_id(group: int, quiz: int) -> UUID:
    return _id("quiz", group, quiz)


def question_ids(group: int, quiz: int) -> list[UUID]:
    return [_id("question", group, quiz, place) for place in range(QUESTIONS)]


def key_of(question: UUID) -> str:
    return "ABCD"[question.int % 4]


def sessions(classroom: Classroom) -> Iterator[list[Event]]:
    """The events of each of the year's sessions, oldest first."""
    students = classroom.students
    for number in range(SESSIONS):
        yield _session(classroom, students, number)


def _session(classroom: Classroom, students: list[UUID], number: int) -> list[Event]:
    chance = random.Random(f"{classroom.number}/{number}")
    start = NOW - (SESSIONS - number) * _BETWEEN_SESSIONS + timedelta(hours=chance.uniform(0, 6))
    quiz = number % QUIZZES
    place = {
        "session_id": _id("session", classroom.number, number),
        "quiz_id": quiz_id(classroom.group, quiz),
        "classroom_id": classroom.classroom_id,
    }
    present = chance.sample(students, len(students) - chance.choice(_AWAY))
    events = [_event(chance, place, "SESSION_STARTED", start)]
    for question in question_ids(classroom.group, quiz):
        events += _question(place, question, start + _BETWEEN_QUESTIONS * (len(events) // STUDENTS), present, chance)
    events.append(_event(chance, place, "SESSION_ENDED", events[-1].timestamp + _BETWEEN_QUESTIONS))
    return events


def _question(
    place: dict[str, UUID], question: UUID, at: datetime, present: list[UUID], chance: random.Random
) -> list[Event]:
    key = key_of(question)
    difficulty = 0.45 + 0.5 * (question.int % 101) / 101
    asked = place | {"question_id": question}
    events = [_event(chance, asked, "QUESTION_PUBLISHED", at, timer_sec=_TIMER_SECONDS)]
    for student in present:
        took = chance.gammavariate(3, 7)
        draw = chance.random()
        answer = "" if draw < _SKIPPED else key if chance.random() < difficulty else chance.choice("ABCD")
        events.append(
            _event(
                chance,
                asked,
                "ANSWER_SUBMITTED",
                at + timedelta(seconds=took),
                student_id=student,
                answer=answer,
                response_time_ms=round(1000 * took) if draw < 0.9 else None,
            )
        )
    return events


def _event(chance: random.Random, place: dict[str, Any], event_type: EventType, at: datetime, **more: Any) -> Event:
    name = f"{chance.getrandbits(128):032x}"
    return Event(event_id=name, event_type=event_type, timestamp=at, **place, **more)
