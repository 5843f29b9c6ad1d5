"""Numbers about a set of answers or about one session that several reports share; exact, unrounded."""

from collections.abc import Collection, Iterable
from fractions import Fraction

from oracle.arithmetic import HUNDRED, mean, percent, seconds_of, seconds_of_ms
from oracle.facts import Facts, Response, Session


def graded(answers: Iterable[Response]) -> list[Response]:
    return [answer for answer in answers if answer.correct is not None]


def correct(answers: Iterable[Response]) -> list[Response]:
    return [answer for answer in answers if answer.correct]


def accuracy(answers: Collection[Response]) -> Fraction | None:
    """100 × correct / graded."""
    return percent(len(correct(answers)), len(graded(answers)))


def response_times(answers: Iterable[Response]) -> list[int]:
    """The known response times in milliseconds."""
    return [answer.response_ms for answer in answers if answer.response_ms is not None]


def mean_response_seconds(answers: Iterable[Response]) -> Fraction | None:
    return seconds_of_ms(mean(response_times(answers)))


def students(answers: Iterable[Response]) -> set[str]:
    return {answer.student_id for answer in answers}


def participants(facts: Facts, session: Session) -> set[str]:
    """Students of the roster who answered in the session."""
    return students(session.answers) & facts.roster_of(session)


def participation(facts: Facts, session: Session) -> Fraction | None:
    return percent(len(participants(facts, session)), len(facts.roster_of(session)))


def answered_by(session: Session, question_id: str) -> set[str]:
    return students(answer for answer in session.answers if answer.question_id == question_id)


def answered_published(session: Session, student_id: str) -> int:
    """How many of the published questions the student answered."""
    return sum(student_id in answered_by(session, question) for question in session.published_questions)


def completed(facts: Facts, session: Session) -> set[str]:
    """Students of the roster who answered every published question; nobody where none was published."""
    total = len(session.published_questions)
    return {
        student for student in facts.roster_of(session) if total > 0 and answered_published(session, student) == total
    }


def completion_rate(facts: Facts, session: Session) -> Fraction | None:
    if not session.published_questions:
        return None
    return percent(len(completed(facts, session)), len(facts.roster_of(session)))


def average_completion(facts: Facts, session: Session) -> Fraction | None:
    """The mean over the roster of the share of the published questions each student answered."""
    total = len(session.published_questions)
    return mean(percent(answered_published(session, student), total) for student in facts.roster_of(session))


def engagement_score(facts: Facts, session: Session) -> Fraction | None:
    return mean([participation(facts, session), completion_rate(facts, session)])


def overall_engagement(facts: Facts, sessions: Iterable[Session]) -> Fraction | None:
    return mean(participation(facts, session) for session in sessions)


def response_rate(facts: Facts, sessions: Iterable[Session]) -> Fraction | None:
    """100 × published questions that roster students answered / those each of them could have answered."""
    answered = possible = 0
    for session in sessions:
        roster = facts.roster_of(session)
        for question in session.published_questions:
            answered += len(answered_by(session, question) & roster)
            possible += len(roster)
    return percent(answered, possible)


def questions_per_minute(session: Session) -> Fraction:
    """Publications per minute between the first and the last, which count as a minute at least."""
    times = [publication.timestamp for publication in session.publications]
    if not times:
        return Fraction(0)
    return len(times) / max(Fraction(1), seconds_of(max(times) - min(times)) / 60)


def difficulty_rating(accuracy_rate: Fraction | None) -> Fraction | None:
    """0 where everyone is right, 100 where nobody is."""
    return None if accuracy_rate is None else HUNDRED - accuracy_rate
