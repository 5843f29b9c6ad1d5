"""Recorded answers as classroom sessions.

Students with sequences of like length sit together, `CLASS_SIZE` to a classroom, the longest first and
equals in the order of the file: so few sit alone at the end. A session takes the next `ROUNDS` answers of
each. In round r everybody gives the r-th of these, so each student's own order is kept. What is answered
in a round is published at its start: one item for each recorded question that occurs in it. A recorded
question is a skill, practised again and again; its n-th publication in a session is an item of its own
(question id from quiz, skill and n), so that no student answers an item twice. The n-th sessions of all
classrooms share a quiz, and so its items.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from random import Random
from typing import NamedTuple

from ingestor_dev.sim.answers_file import Recording, Student
from ingestor_dev.sim.behaviour import Response, response_time_ms
from ingestor_dev.sim.catalog import classroom_entry, question_entry, quiz_entry, roster_entry
from ingestor_dev.sim.ids import derived_id
from ingestor_dev.sim.session import Session
from ingestor_dev.sim.steps import CatalogPut, Step, with_repeats
from ingestor_dev.sim.world import OPTIONS

CLASS_SIZE = 25
ROUNDS = 20
TIMER_SEC = 60
# Late answers still come within their round: the next round's answer is never before this one's.
_ROUND_SEC = 90.0
_LESSONS_A_DAY = 5
_FIRST_LESSON_HOUR = 8


class Item(NamedTuple):
    """The `occurrence`-th publication (from 0) of a recorded question within a session."""

    question: int
    occurrence: int


class Place(NamedTuple):
    """Which lesson: classroom and its session, both from 0."""

    classroom: int
    session: int


@dataclass(frozen=True)
class Round:
    """The items published together, and who (index in the classroom) answers which of them how."""

    items: Sequence[Item]
    answers: Sequence[tuple[int, Item, bool]]


def rounds(students: Sequence[Student], session: int) -> Iterator[Round]:
    """The rounds of a classroom's session; students whose sequence is over take no part."""
    published: Counter[int] = Counter()
    for place in range(session * ROUNDS, (session + 1) * ROUNDS):
        given = [(seat, student.answer(place)) for seat, student in enumerate(students) if place < len(student)]
        if not given:
            return
        items = {answer.question: Item(answer.question, published[answer.question]) for _, answer in given}
        published.update(items.keys())
        yield Round(list(items.values()), [(seat, items[answer.question], answer.correct) for seat, answer in given])


@dataclass(frozen=True)
class Replay:
    """A recording as lessons. `start` names the run and is later than every lesson of it."""

    recording: Recording
    seed: int
    start: datetime
    repeat: float

    @cached_property
    def classrooms(self) -> Sequence[Sequence[Student]]:
        students = sorted(self.recording.students, key=len, reverse=True)
        return [students[first : first + CLASS_SIZE] for first in range(0, len(students), CLASS_SIZE)]

    @cached_property
    def places(self) -> Sequence[Place]:
        """All lessons: every classroom's first, then every classroom's second, and so on."""
        return [
            Place(classroom, session)
            for session in range(max(map(_sessions, self.classrooms)))
            for classroom, students in enumerate(self.classrooms)
            if session < _sessions(students)
        ]

    def catalog(self) -> Iterator[CatalogPut]:
        """Classrooms, rosters, quizzes, and the items whose answer key is not in their publications."""
        for number, students in enumerate(self.classrooms):
            classroom_id = self._classroom_id(number)
            yield classroom_entry(classroom_id, f"Recorded class {number + 1}")
            yield roster_entry(classroom_id, [(self._student_id(each), f"Student {each.name}") for each in students])
        for session in range(max(map(_sessions, self.classrooms))):
            yield from self._quiz(session)

    def lesson(self, number: int) -> list[Step] | None:
        """Lesson `number` by time, its first step at 0; None after the last."""
        if number >= len(self.places):
            return None
        place = self.places[number]
        rng = Random(f"{self.seed}/replay/{place.classroom}/{place.session}")
        session = Session(
            id=derived_id(self.seed, self.start.isoformat(), "replay", *place),
            quiz_id=self._quiz_id(place.session),
            classroom_id=self._classroom_id(place.classroom),
            teacher_id=derived_id(self.seed, "replay", "teacher", place.classroom),
            starts=self._starts(place),
        )
        return with_repeats(self._steps(session, place, rng), self.repeat, rng)

    def _steps(self, session: Session, place: Place, rng: Random) -> Iterator[Step]:
        students = self.classrooms[place.classroom]
        student_ids = [self._student_id(student) for student in students]
        yield Step(0.0, session.started())
        at = 5.0
        for each in rounds(students, place.session):
            keys = {item: self._question(place.session, item) for item in each.items}
            for item, (question_id, key) in keys.items():
                known = None if _in_catalog(item) else key
                yield Step(at, session.published(question_id, at, TIMER_SEC, known))
            for seat, item, correct in each.answers:
                question_id, key = keys[item]
                response = _response(key, correct, rng)
                answered = at + response.after_ms / 1000
                yield Step(answered, session.answered(question_id, student_ids[seat], answered, response))
            at += _ROUND_SEC
        yield Step(at, session.ended(at))

    def _starts(self, place: Place) -> datetime:
        """A classroom has five lessons a day, the last of them on the day before the run."""
        before_last = _sessions(self.classrooms[place.classroom]) - 1 - place.session
        days, hours = divmod(before_last, _LESSONS_A_DAY)
        day = self.start.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days + 1)
        return day + timedelta(hours=_FIRST_LESSON_HOUR + _LESSONS_A_DAY - 1 - hours)

    def _quiz(self, session: int) -> Iterator[CatalogPut]:
        quiz_id = self._quiz_id(session)
        yield quiz_entry(quiz_id, f"Practice {session + 1}", f"Answers {session * ROUNDS + 1} and on")
        items = {
            item
            for students in self.classrooms
            for each in rounds(students, session)
            for item in each.items
            if _in_catalog(item)
        }
        for item in sorted(items):
            question_id, key = self._question(session, item)
            text = f"Skill {self.recording.questions[item.question]}, exercise {item.occurrence + 1}"
            yield question_entry(question_id, quiz_id, text, key)

    def _question(self, session: int, item: Item) -> tuple[str, str]:
        """The item's question id and its answer key."""
        question_id = derived_id(self._quiz_id(session), self.recording.questions[item.question], item.occurrence)
        return question_id, OPTIONS[int(question_id[0], 16) % len(OPTIONS)]

    def _quiz_id(self, session: int) -> str:
        return derived_id(self.seed, "replay", "quiz", session)

    def _classroom_id(self, classroom: int) -> str:
        return derived_id(self.seed, "replay", "classroom", classroom)

    def _student_id(self, student: Student) -> str:
        return derived_id(self.seed, "replay", "student", student.name)


def _sessions(students: Sequence[Student]) -> int:
    return -(-max(map(len, students)) // ROUNDS)


def _in_catalog(item: Item) -> bool:
    """A skill's first exercise has its key in the catalog, those after it have it in their publications."""
    return item.occurrence == 0


def _response(key: str, correct: bool, rng: Random) -> Response:
    after_ms = min(response_time_ms(1.0, TIMER_SEC, rng), round(_ROUND_SEC * 1000) - 1000)
    return Response(key if correct else rng.choice([option for option in OPTIONS if option != key]), after_ms)
