"""What one student does with one question: answers, skips, is late, or leaves it."""

from dataclasses import dataclass
from random import Random

from ingestor_dev.sim.item_response import probability_correct
from ingestor_dev.sim.world import Question, Student

SKIPPED = ""


@dataclass(frozen=True)
class Habits:
    """Probabilities of what students and their apps do.

    absent: not in the session at all; drop_out: leaves for good at a question; ignore: gives neither
    answer nor skip; skip: sends an empty answer; give_up: lets it be when the timer has run out;
    repeat: the app sends an event a second time, as it does when the first response got lost.
    """

    absent: float = 0.05
    drop_out: float = 0.01
    ignore: float = 0.02
    skip: float = 0.04
    give_up: float = 0.3
    repeat: float = 0.02


@dataclass(frozen=True)
class Response:
    """An answer text (empty = skipped) and the milliseconds from publication to it."""

    answer: str
    after_ms: int


def respond(student: Student, question: Question, habits: Habits, rng: Random) -> Response | None:
    """The student's response to the published question; None when there is none."""
    if rng.random() < habits.ignore:
        return None
    after_ms = response_time_ms(student.pace, question.timer_sec, rng)
    if after_ms > question.timer_sec * 1000 and rng.random() < habits.give_up:
        return None
    if rng.random() < habits.skip:
        return Response(SKIPPED, after_ms)
    knows = rng.random() < probability_correct(student.ability, question.item)
    return Response(question.key if knows else rng.choice(question.wrong), after_ms)


def response_time_ms(pace: float, timer_sec: int, rng: Random) -> int:
    """Log-normal response time: the median is two fifths of the timer at pace 1 (van der Linden 2006)."""
    return max(300, int(rng.lognormvariate(0.0, 0.5) * pace * timer_sec * 400))
