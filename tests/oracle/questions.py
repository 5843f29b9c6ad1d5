"""Reports about a question, and the list of a quiz's questions."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

from oracle import bands
from oracle.arithmetic import seconds_text, shown
from oracle.facts import Facts, Response, Session, answers_in, facts_of
from oracle.pages import DEFAULT_PAGE_SIZE, Body, page_of, pagination
from oracle.scores import accuracy, correct, difficulty_rating, mean_response_seconds
from oracle.world import World


def question_analysis(world: World, *, question_id: str) -> Body:
    facts = facts_of(world)
    answers = answers_to(question_id, facts.sessions.values())
    rate, seconds = accuracy(answers), mean_response_seconds(answers)
    return {
        "question_id": question_id,
        "quiz_id": _quiz_of(facts, question_id),
        "usage_stats": {
            "total_attempts": len(answers),
            "correct_attempts": len(correct(answers)),
            "usage_count": _usage_count(question_id, facts.sessions.values()),
        },
        "performance_metrics": {
            "accuracy_rate": shown(rate),
            "average_response_time": seconds_text(seconds),
            "average_response_time_seconds": shown(seconds),
            "difficulty_rating": shown(difficulty_rating(rate)),
        },
        "answer_distribution": _distribution(answers),
        "other_answers": len(answers) - sum(_distribution(answers).values()),
        "insights": {
            "difficulty_level": bands.difficulty_level(rate),
            "response_quality": bands.response_quality(seconds),
            "effectiveness": bands.question_effectiveness(rate, len(answers)),
        },
    }


def quiz_questions_list(world: World, *, quiz_id: str, page: int = 1, page_size: int = DEFAULT_PAGE_SIZE) -> Body:
    facts = facts_of(world)
    sessions = facts.sessions_of_quiz(quiz_id)
    questions = sorted(questions_of_quiz(facts, quiz_id), key=lambda id_: _first_published(id_, sessions))
    rows = [_row(quiz_id, question, sessions) for question in page_of(questions, page, page_size)]
    return {
        "quiz_id": quiz_id,
        "pagination": pagination(len(questions), page, page_size),
        "questions": rows,
        "summary": {"total_questions": len(questions), "page_questions": len(rows)},
    }


def questions_of_quiz(facts: Facts, quiz_id: str) -> set[str]:
    """The catalog's questions of the quiz, and those asked in its sessions."""
    asked = (session.asked_questions for session in facts.sessions_of_quiz(quiz_id))
    known = {id_ for id_, question in facts.catalog.questions.items() if question.quiz_id == quiz_id}
    return known.union(*asked)


def answers_to(question_id: str, sessions: Iterable[Session]) -> list[Response]:
    return [answer for answer in answers_in(sessions) if answer.question_id == question_id]


def _row(quiz_id: str, question_id: str, sessions: list[Session]) -> Body:
    answers = answers_to(question_id, sessions)
    rate = accuracy(answers)
    return {
        "question_id": question_id,
        "quiz_id": quiz_id,
        "total_attempts": len(answers),
        "correct_attempts": len(correct(answers)),
        "accuracy_rate": shown(rate),
        "average_response_time_seconds": shown(mean_response_seconds(answers)),
        "difficulty_rating": shown(difficulty_rating(rate)),
        "answer_distribution": _distribution(answers),
        "usage_count": _usage_count(question_id, sessions),
    }


def _distribution(answers: Iterable[Response]) -> dict[str, int]:
    """The most frequent texts; among those that are as frequent, the ones with the lowest SHA-256."""
    counted = Counter(answer.text for answer in answers)
    return dict(sorted(counted.items(), key=lambda given: (-given[1], sha256(given[0].encode()).digest()))[:50])


def _usage_count(question_id: str, sessions: Iterable[Session]) -> int:
    return sum(question_id in session.published_questions for session in sessions)


def _first_published(question_id: str, sessions: list[Session]) -> tuple[bool, datetime | None, str]:
    """Sorts questions by their first publication, those never published last."""
    times = [
        session.first_publications[question_id].timestamp
        for session in sessions
        if question_id in session.first_publications
    ]
    return not times, min(times, default=None), question_id


def _quiz_of(facts: Facts, question_id: str) -> str | None:
    known = facts.catalog.questions.get(question_id)
    if known:
        return known.quiz_id
    asked_in = [session for session in facts.sessions.values() if question_id in session.asked_questions]
    latest = max(asked_in, key=lambda session: (session.started_at, session.session_id), default=None)
    return latest.quiz_id if latest else None
