"""What each measure of an ad-hoc query says of a set of facts of its grain.

A measure gives 0 or None for no facts, as the reports do: counts are 0, everything else is unknown.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction

from oracle.arithmetic import HUNDRED, mean, median, percent, percentile_95, ratio, seconds_of, seconds_of_ms
from oracle.facts import Facts, Response, Session
from oracle.query_dimensions import PublishedQuestion
from oracle.questions import answers_to
from oracle.scores import (
    accuracy,
    answered_by,
    average_completion,
    completion_rate,
    correct,
    difficulty_rating,
    engagement_score,
    graded,
    mean_response_seconds,
    overall_engagement,
    questions_per_minute,
    response_times,
)

Number = Fraction | int | None
Answers = Sequence[Response]
Questions = Sequence[PublishedQuestion]
Sessions = Sequence[Session]


def _wrong_answers(facts: Facts, answers: Answers) -> Number:
    return len(graded(answers)) - len(correct(answers))


def _performance_variance(facts: Facts, answers: Answers) -> Number:
    scores = [HUNDRED if answer.correct else 0 for answer in graded(answers)]
    average = mean(scores)
    return None if average is None else mean((score - average) ** 2 for score in scores)


def _active_students(facts: Facts, answers: Answers) -> Number:
    def on_roster(answer: Response) -> bool:
        return answer.student_id in facts.roster_of(facts.sessions[answer.session_id])

    return len({answer.student_id for answer in answers if on_roster(answer)})


def _attempts_per_question(facts: Facts, answers: Answers) -> Number:
    pairs = {(answer.session_id, answer.question_id, answer.student_id) for answer in answers}
    return ratio(len(answers), len(pairs))


def _speed_score(facts: Facts, answers: Answers) -> Number:
    times = response_times(answers)
    return percent(sum(time < 30_000 for time in times), len(times))


def _question_engagement(facts: Facts, questions: Questions) -> Number:
    answered = possible = 0
    for question in questions:
        roster = facts.roster_of(question.session)
        answered += len(answered_by(question.session, question.question_id) & roster)
        possible += len(roster)
    return percent(answered, possible)


def _time_to_first_answer(facts: Facts, questions: Questions) -> Number:
    def first(question: PublishedQuestion) -> int | None:
        return min(response_times(answers_to(question.question_id, [question.session])), default=None)

    return seconds_of_ms(mean(first(question) for question in questions))


def _mean_of(value: Callable[[Facts, Session], Fraction | None]) -> Callable[[Facts, Sessions], Number]:
    return lambda facts, sessions: mean(value(facts, session) for session in sessions)


ANSWER_MEASURES: dict[str, Callable[[Facts, Answers], Number]] = {
    "total_answers": lambda facts, answers: len(answers),
    "correct_answers": lambda facts, answers: len(correct(answers)),
    "wrong_answers": _wrong_answers,
    "accuracy_rate": lambda facts, answers: accuracy(answers),
    "performance_variance": _performance_variance,
    "active_students": _active_students,
    "student_attempts_per_question": _attempts_per_question,
    "question_difficulty_score": lambda facts, answers: difficulty_rating(accuracy(answers)),
    "response_speed_score": _speed_score,
    "response_time_avg": lambda facts, answers: mean_response_seconds(answers),
    "response_time_min": lambda facts, answers: seconds_of_ms(min(response_times(answers), default=None)),
    "response_time_max": lambda facts, answers: seconds_of_ms(max(response_times(answers), default=None)),
    "response_time_p50": lambda facts, answers: seconds_of_ms(median(response_times(answers))),
    "response_time_p95": lambda facts, answers: seconds_of_ms(percentile_95(response_times(answers))),
    "late_answers": lambda facts, answers: sum(answer.late for answer in answers),
}
SKIP_MEASURES: dict[str, Callable[[Facts, Answers], Number]] = {
    "skipped_answers": lambda facts, skips: len(skips),
}
QUESTION_MEASURES: dict[str, Callable[[Facts, Questions], Number]] = {
    "questions_published": lambda facts, questions: len(questions),
    "question_engagement_rate": _question_engagement,
    "time_to_first_answer": _time_to_first_answer,
}
SESSION_MEASURES: dict[str, Callable[[Facts, Sessions], Number]] = {
    "unique_sessions": lambda facts, sessions: len(sessions),
    "participation_rate": overall_engagement,
    "session_completion_rate": _mean_of(completion_rate),
    "quiz_completion_rate": _mean_of(average_completion),
    "engagement_score": _mean_of(engagement_score),
    "average_session_duration": _mean_of(lambda facts, session: seconds_of(session.duration)),
    "questions_per_minute": _mean_of(lambda facts, session: questions_per_minute(session)),
}
DERIVED_MEASURES: dict[str, tuple[str, ...]] = {
    "content_effectiveness_score": ("accuracy_rate", "participation_rate"),
}
"""The mean of other measures of the same group, those that are known."""

COUNTS = frozenset({
    "total_answers",
    "correct_answers",
    "wrong_answers",
    "active_students",
    "late_answers",
    "skipped_answers",
    "questions_published",
    "unique_sessions",
})  # fmt: skip
MEASURES = (
    *ANSWER_MEASURES,
    *SKIP_MEASURES,
    *QUESTION_MEASURES,
    *SESSION_MEASURES,
    *DERIVED_MEASURES,
)
