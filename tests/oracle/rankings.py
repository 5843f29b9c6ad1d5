"""The rankings of everyone who answered, in a classroom and in a session."""

from dataclasses import dataclass
from fractions import Fraction

from oracle.arithmetic import HUNDRED, percent, shown
from oracle.facts import Facts, Response, Session, answers_in, facts_of
from oracle.pages import DEFAULT_PAGE_SIZE, Body, page_of, pagination
from oracle.scores import accuracy, correct, mean_response_seconds, students
from oracle.world import World


@dataclass(frozen=True)
class _Student:
    student_id: str
    answers: tuple[Response, ...]

    @property
    def merit(self) -> tuple[int | Fraction, ...]:
        """Lower is better: accuracy, then correct answers, then mean response time; unknown is last."""
        rate, seconds = accuracy(self.answers), mean_response_seconds(self.answers)
        return (
            rate is None,
            -(rate or 0),
            -len(correct(self.answers)),
            seconds is None,
            seconds or 0,
        )


def classroom_student_rankings(
    world: World, *, classroom_id: str, page: int = 1, page_size: int = DEFAULT_PAGE_SIZE
) -> Body:
    facts = facts_of(world)
    sessions = facts.sessions_of_classroom(classroom_id)
    return {"classroom_id": classroom_id} | _rankings(facts, sessions, page, page_size)


def session_student_rankings(
    world: World, *, session_id: str, page: int = 1, page_size: int = DEFAULT_PAGE_SIZE
) -> Body:
    facts = facts_of(world)
    session = facts.sessions.get(session_id)
    return {"session_id": session_id} | _rankings(facts, [session] if session else [], page, page_size)


def _rankings(facts: Facts, sessions: list[Session], page: int, page_size: int) -> Body:
    answers = answers_in(sessions)
    everyone = [
        _Student(student, tuple(answer for answer in answers if answer.student_id == student))
        for student in students(answers)
    ]
    everyone.sort(key=lambda student: (student.merit, student.student_id))
    rows = [_row(facts, student, everyone) for student in page_of(everyone, page, page_size)]
    return {
        "pagination": pagination(len(everyone), page, page_size),
        "rankings": rows,
        "summary": {"total_students": len(everyone), "page_students": len(rows)},
    }


def _row(facts: Facts, student: _Student, everyone: list[_Student]) -> Body:
    above = sum(other.merit < student.merit for other in everyone)
    below = sum(other.merit > student.merit for other in everyone)
    return {
        "student_id": student.student_id,
        "student_name": facts.student_name(student.student_id),
        "questions_attempted": len(student.answers),
        "correct_answers": len(correct(student.answers)),
        "accuracy_rate": shown(accuracy(student.answers)),
        "average_response_time_seconds": shown(mean_response_seconds(student.answers)),
        "rank": above + 1,
        "percentile": shown(HUNDRED if len(everyone) == 1 else percent(below, len(everyone) - 1)),
        "sessions_participated": len({answer.session_id for answer in student.answers}),
    }
