"""Worlds of many students: more than there are bits in a number, in classrooms with and without rosters."""

import random
from collections.abc import Iterator
from datetime import timedelta

from hypothesis import strategies as st
from oracle.strategies import NOW, QUESTIONS, QUIZZES
from oracle.world import Catalog, Event, World

_STUDENTS = [f"a0000000-0000-4000-8000-{number:012x}" for number in range(300)]
_CLASSROOMS = [f"c0000000-0000-4000-8000-{number:012x}" for number in range(4)]
_SESSIONS = 10


@st.composite
def crowds(draw: st.DrawFn) -> World:
    """A world of up to 300 students; each is on some of the rosters, or none, and answers in some of the classrooms,
    one of which has no roster. Sessions begin within three days, some just before midnight."""
    chance = draw(st.randoms(use_true_random=False))
    rosters = {classroom: tuple(_some(chance)) for classroom in _CLASSROOMS[1:]}
    events = tuple(event for number in range(_SESSIONS) for event in _session(chance, number))
    return World(events, Catalog(rosters=rosters), NOW)


def _some(chance: random.Random) -> list[str]:
    return chance.sample(_STUDENTS, chance.choice((0, 1, 63, 64, 65, 130, 300)))


def _session(chance: random.Random, number: int) -> Iterator[Event]:
    start = NOW - timedelta(hours=chance.choice((1, 2, 24, 25, 48, 60)))
    classroom = chance.choice(_CLASSROOMS)
    for place, student in enumerate(_some(chance)):
        yield Event(
            event_id=f"answer-{place}",
            event_type="ANSWER_SUBMITTED",
            timestamp=start + timedelta(seconds=chance.randrange(3_600)),
            session_id=f"50000000-0000-4000-8000-{number:012x}",
            quiz_id=QUIZZES[0],
            classroom_id=classroom,
            question_id=QUESTIONS[0],
            student_id=student,
            answer=chance.choice(("A", "B", "")),
        )
