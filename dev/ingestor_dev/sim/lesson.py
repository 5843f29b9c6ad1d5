"""One simulated session: a classroom takes a quiz."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from random import Random

from ingestor_dev.sim.behaviour import Habits, respond
from ingestor_dev.sim.catalog import late_key
from ingestor_dev.sim.ids import derived_id
from ingestor_dev.sim.session import Session
from ingestor_dev.sim.steps import Step, with_repeats
from ingestor_dev.sim.world import (
    Classroom,
    KeyArrival,
    Question,
    Quiz,
    Student,
    WorldSize,
    make_classroom,
    make_quiz,
)

_LATE_KEY_AFTER_SEC = 60.0


@dataclass(frozen=True)
class Lessons:
    """The lessons of a simulated world. `start` names the run: another start gives new sessions.

    What students do follows from `seed` and the lesson's number alone, never from what ran before.
    """

    seed: int
    start: datetime
    size: WorldSize
    habits: Habits

    def lesson(self, number: int, starts: datetime) -> list[Step]:
        """Lesson `number` by time, its first step at 0; events carry times from `starts` on."""
        rng = Random(f"{self.seed}/lesson/{number}")
        classroom = make_classroom(self.seed, number % self.size.all_classrooms, self.size)
        first_use = number < self.size.quizzes
        quiz = make_quiz(self.seed, number if first_use else rng.randrange(self.size.quizzes), self.size)
        session = Session(
            id=derived_id(self.seed, self.start.isoformat(), "session", number),
            quiz_id=quiz.id,
            classroom_id=classroom.id,
            teacher_id=classroom.teacher_id,
            starts=starts,
        )
        steps = list(_events(session, classroom, quiz, self.habits, rng))
        if first_use:
            steps.extend(_late_keys(quiz, max(step.at for step in steps)))
        return with_repeats(steps, self.habits.repeat, rng)


def _events(session: Session, classroom: Classroom, quiz: Quiz, habits: Habits, rng: Random) -> Iterator[Step]:
    yield Step(0.0, session.started())
    present = [student for student in classroom.students if rng.random() >= habits.absent]
    at = rng.uniform(2.0, 15.0)
    for question in quiz.questions:
        key = question.key if question.key_arrival is KeyArrival.PUBLICATION else None
        yield Step(at, session.published(question.id, at, question.timer_sec, key))
        present = [student for student in present if rng.random() >= habits.drop_out]
        yield from _answers(session, question, present, at, habits, rng)
        at += question.timer_sec * rng.uniform(0.8, 1.0) + rng.uniform(3.0, 8.0)
    yield Step(at, session.ended(at))


def _answers(
    session: Session,
    question: Question,
    present: list[Student],
    published: float,
    habits: Habits,
    rng: Random,
) -> Iterator[Step]:
    for student in present:
        response = respond(student, question, habits, rng)
        if response is not None:
            at = published + response.after_ms / 1000
            yield Step(at, session.answered(question.id, student.id, at, response))


def _late_keys(quiz: Quiz, ended: float) -> Iterator[Step]:
    for question in quiz.questions:
        if question.key_arrival is KeyArrival.LATE:
            yield Step(ended + _LATE_KEY_AFTER_SEC, late_key(question))
