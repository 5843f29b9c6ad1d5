"""The simulated schools: pure functions from a seed and a number to classrooms and quizzes.

Nothing is kept: a classroom is made again when needed, so a world of 900,000 students costs no memory.
"""

from dataclasses import dataclass
from enum import Enum
from random import Random

from ingestor_dev.sim.ids import derived_id
from ingestor_dev.sim.item_response import Item

OPTIONS = ("A", "B", "C", "D")
_FREE_TEXTS = ("photosynthesis", "3/4", "Tallinn", "H2O", "x = 7", "isosceles", "1492", "mitochondria")
_SUBJECTS = ("Fractions", "Geometry", "Algebra", "Biology", "Chemistry", "History", "Geography", "Reading")
_TIMERS_SEC = (20, 30, 45, 60)
_FREE_TEXT_SHARE = 0.1
_KEY_IN_PUBLICATION_SHARE = 0.2
_KEY_LATE_SHARE = 0.1


class KeyArrival(Enum):
    """By which way, and when, the product learns a question's correct answer."""

    CATALOG = "catalog"
    PUBLICATION = "publication"
    LATE = "late"


@dataclass(frozen=True)
class WorldSize:
    """How much there is of everything; `students` is the mean of a classroom's roster."""

    schools: int = 5
    classrooms: int = 8
    students: int = 25
    quizzes: int = 12
    questions: int = 10

    @property
    def all_classrooms(self) -> int:
        return self.schools * self.classrooms


@dataclass(frozen=True)
class Student:
    """`ability` is standard normal; `pace` multiplies response times (median 1)."""

    id: str
    name: str
    ability: float
    pace: float


@dataclass(frozen=True)
class Classroom:
    id: str
    name: str
    teacher_id: str
    students: tuple[Student, ...]


@dataclass(frozen=True)
class Question:
    """`wrong` are the answers students give who do not know `key`."""

    id: str
    quiz_id: str
    text: str
    key: str
    wrong: tuple[str, ...]
    item: Item
    timer_sec: int
    key_arrival: KeyArrival


@dataclass(frozen=True)
class Quiz:
    id: str
    title: str
    description: str
    questions: tuple[Question, ...]


def make_classroom(seed: int, number: int, size: WorldSize) -> Classroom:
    """Classroom `number` (from 0) with its roster; rosters vary by a fifth around the mean."""
    rng = Random(f"{seed}/classroom/{number}")
    spread = size.students // 5
    students = tuple(
        Student(
            id=derived_id(seed, "student", number, place),
            name=f"Student {number + 1}-{place + 1}",
            ability=rng.gauss(0.0, 1.0),
            pace=rng.lognormvariate(0.0, 0.25),
        )
        for place in range(size.students + rng.randint(-spread, spread))
    )
    school = number // size.classrooms
    return Classroom(
        id=derived_id(seed, "classroom", number),
        name=f"School {school + 1}, class {number % size.classrooms + 1}",
        teacher_id=derived_id(seed, "teacher", number),
        students=students,
    )


def make_quiz(seed: int, number: int, size: WorldSize) -> Quiz:
    """Quiz `number` (from 0) with its questions and their answer keys."""
    rng = Random(f"{seed}/quiz/{number}")
    quiz_id = derived_id(seed, "quiz", number)
    subject = _SUBJECTS[number % len(_SUBJECTS)]
    return Quiz(
        id=quiz_id,
        title=f"{subject} {number // len(_SUBJECTS) + 1}",
        description=f"{size.questions} questions on {subject.lower()}",
        questions=tuple(_question(rng, quiz_id, place) for place in range(size.questions)),
    )


def _question(rng: Random, quiz_id: str, place: int) -> Question:
    free_text = rng.random() < _FREE_TEXT_SHARE
    choices = _FREE_TEXTS if free_text else OPTIONS
    key = rng.choice(choices)
    return Question(
        id=derived_id(quiz_id, place),
        quiz_id=quiz_id,
        text=f"Question {place + 1}",
        key=key,
        wrong=tuple(choice for choice in choices if choice != key),
        item=Item(
            difficulty=rng.gauss(0.0, 1.0),
            discrimination=rng.lognormvariate(0.0, 0.3),
            guessing=0.0 if free_text else 1.0 / len(OPTIONS),
        ),
        timer_sec=rng.choice(_TIMERS_SEC),
        key_arrival=_key_arrival(rng.random()),
    )


def _key_arrival(draw: float) -> KeyArrival:
    if draw < _KEY_LATE_SHARE:
        return KeyArrival.LATE
    if draw < _KEY_LATE_SHARE + _KEY_IN_PUBLICATION_SHARE:
        return KeyArrival.PUBLICATION
    return KeyArrival.CATALOG
