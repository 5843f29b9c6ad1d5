"""Events as a class makes them, repeatable by a seed."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from uuid import UUID

from ingestor_common.events import Event

START = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)


def events(count: int, seed: int = 1, sessions: int = 12) -> list[Event]:
    """`count` different events of `sessions` sessions that go on side by side."""
    chance = random.Random(seed)
    lessons = [_lesson(chance, f"s{seed}-{number}") for number in range(sessions)]
    return list(islice(_interleaved(chance, lessons), count))


def _interleaved(chance: random.Random, lessons: list[Iterator[Event]]) -> Iterator[Event]:
    while True:
        yield next(chance.choice(lessons))


def _lesson(chance: random.Random, name: str) -> Iterator[Event]:
    session, quiz, classroom, teacher = (_id(chance) for _ in range(4))
    students = [_id(chance) for _ in range(20)]
    now = START
    number = 0
    while True:
        question = _id(chance)
        now += timedelta(seconds=30)
        number += 1
        yield Event(
            event_id=f"{name}-q{number}",
            event_type="QUESTION_PUBLISHED",
            timestamp=now,
            session_id=session,
            quiz_id=quiz,
            classroom_id=classroom,
            teacher_id=teacher,
            question_id=question,
            timer_sec=30,
            correct_answer=chance.choice("ABCD"),
        )
        for place, student in enumerate(students):
            yield Event(
                event_id=f"{name}-q{number}-a{place}",
                event_type="ANSWER_SUBMITTED",
                timestamp=now + timedelta(seconds=place * 2),
                session_id=session,
                quiz_id=quiz,
                classroom_id=classroom,
                question_id=question,
                student_id=student,
                answer=chance.choice(["A", "B", "C", "D", ""]),
                response_time_ms=chance.randrange(30_000),
            )


def _id(chance: random.Random) -> UUID:
    return UUID(int=chance.getrandbits(128))
