"""The facts that ad-hoc queries range over, and the value each has in each dimension.

A session, a published question of a session, an answer and a skip are the four grains. A dimension that a
session or a published question does not have itself is looked up on its answers.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from oracle import bands
from oracle.facts import Facts, Response, Session, answers_in, question_of, timer_of
from oracle.questions import answers_to
from oracle.scores import accuracy, participation
from oracle.world import Event

Value = str | int | bool | None
Values = dict[str, Value]


@dataclass(frozen=True)
class PublishedQuestion:
    """A question as first published in a session."""

    session: Session
    publication: Event

    @property
    def question_id(self) -> str:
        return question_of(self.publication)


SESSION_DIMENSIONS = (
    "session_id",
    "quiz_id",
    "classroom_id",
    "teacher_id",
    "classroom_name",
    "quiz_title",
    "engagement_level",
    "session_duration_category",
)
TIME_DIMENSIONS = (
    "event_date",
    "event_hour",
    "event_week",
    "event_month",
    "event_day_of_week",
    "time_bucket",
)
QUESTION_DIMENSIONS = ("question_id", "difficulty_level", "timer_duration_category")
ANSWER_DIMENSIONS = (
    "student_id",
    "student_name",
    "answer_option",
    "performance_level",
    "correctness_flag",
    "response_speed_category",
)
DIMENSIONS = (*SESSION_DIMENSIONS, *TIME_DIMENSIONS, *QUESTION_DIMENSIONS, *ANSWER_DIMENSIONS)


def response_rows(facts: Facts, response: Response) -> list[Values]:
    """The one row of an answer or a skip, which has every dimension itself."""
    session = facts.sessions[response.session_id]
    return [
        _of_session(facts, session)
        | _of_time(response.at)
        | _of_question(facts, response.question_id, response.publication)
        | _of_response(facts, response)
    ]


def question_rows(facts: Facts, question: PublishedQuestion, needed: Iterable[str]) -> list[Values]:
    """The rows of a published question: itself, or itself with each of its answers."""
    own = (
        _of_session(facts, question.session)
        | _of_time(question.publication.timestamp)
        | _of_question(facts, question.question_id, question.publication)
    )
    return _with_answers(facts, own, needed, answers_to(question.question_id, [question.session]))


def session_rows(facts: Facts, session: Session, needed: Iterable[str]) -> list[Values]:
    """The rows of a session: itself, or itself with each of its answers."""
    own = _of_session(facts, session) | _of_time(session.started_at)
    return _with_answers(facts, own, needed, session.answers)


def _with_answers(facts: Facts, own: Values, needed: Iterable[str], answers: Sequence[Response]) -> list[Values]:
    if all(dimension in own for dimension in needed):
        return [own]
    return [row | own for answer in answers for row in response_rows(facts, answer)]


def _of_session(facts: Facts, session: Session) -> Values:
    return {
        "session_id": session.session_id,
        "quiz_id": session.quiz_id,
        "classroom_id": session.classroom_id,
        "teacher_id": session.teacher_id,
        "classroom_name": facts.classroom_name(session.classroom_id),
        "quiz_title": facts.quiz_title(session.quiz_id),
        "engagement_level": bands.engagement_level(participation(facts, session)),
        "session_duration_category": _duration_category(session.duration),
    }


def _of_time(at: datetime) -> Values:
    moment = at.astimezone(UTC)
    year, week, weekday = moment.isocalendar()
    return {
        "event_date": moment.date().isoformat(),
        "event_hour": moment.hour,
        "event_week": f"{year:04d}-W{week:02d}",
        "event_month": f"{moment.year:04d}-{moment.month:02d}",
        "event_day_of_week": weekday,
        "time_bucket": _time_bucket(moment.hour),
    }


def _of_question(facts: Facts, question_id: str, publication: Event | None) -> Values:
    everywhere = [answer for answer in answers_in(facts.sessions.values()) if answer.question_id == question_id]
    return {
        "question_id": question_id,
        "difficulty_level": bands.difficulty_level(accuracy(everywhere)),
        "timer_duration_category": _timer_category(timer_of(publication)) if publication else None,
    }


def _of_response(facts: Facts, response: Response) -> Values:
    return {
        "student_id": response.student_id,
        "student_name": facts.student_name(response.student_id),
        "answer_option": response.text or None,
        "performance_level": {None: None, True: "Correct", False: "Incorrect"}[response.correct],
        "correctness_flag": response.correct,
        "response_speed_category": _speed_category(response.response_ms),
    }


def _duration_category(duration: timedelta) -> str:
    if duration < timedelta(minutes=30):
        return "Short"
    return "Medium" if duration < timedelta(minutes=60) else "Long"


def _time_bucket(hour: int) -> str:
    if hour < 12:
        return "Morning"
    return "Afternoon" if hour < 17 else "Evening"


def _timer_category(timer_sec: int) -> str:
    if timer_sec <= 30:
        return "Short"
    return "Medium" if timer_sec <= 60 else "Long"


def _speed_category(response_ms: int | None) -> str | None:
    if response_ms is None:
        return None
    seconds = Fraction(response_ms, 1000)
    if seconds < 30:
        return "Fast"
    return "Medium" if seconds < 60 else "Slow"
