"""Reports about one session: who is active, the pace, completion and drop-off."""

from collections import Counter
from fractions import Fraction
from itertools import pairwise

from oracle import bands, sentences
from oracle.arithmetic import mean, percent, shown
from oracle.facts import Facts, Session, facts_of
from oracle.pages import DEFAULT_PAGE_SIZE, Body, page_of, pagination, span, within
from oracle.scores import (
    accuracy,
    answered_by,
    average_completion,
    completed,
    completion_rate,
    questions_per_minute,
    students,
)
from oracle.world import World

CRITICAL_DROPOFF = 25


def active_participants(
    world: World,
    *,
    session_id: str,
    time_range: str = "60m",
    page: int = 1,
    page_size: int = DEFAULT_PAGE_SIZE,
) -> Body:
    facts = facts_of(world)
    session = facts.sessions.get(session_id)
    recent = [
        answer for answer in (session.answers if session else []) if within(answer.at, facts.now, span(time_range))
    ]
    rows = [
        {
            "student_id": student,
            "accuracy": shown(accuracy([answer for answer in recent if answer.student_id == student])),
        }
        for student in sorted(students(recent))
    ]
    shown_rows = page_of(rows, page, page_size)
    return {
        "session_id": session_id,
        "time_range": time_range,
        "pagination": pagination(len(rows), page, page_size),
        "active_participants": shown_rows,
        "total_participants": len(rows),
        "page_participants": len(shown_rows),
        "average_accuracy_percent": shown(accuracy(recent)),
    }


def questions_per_minute_report(world: World, *, session_id: str) -> Body:
    session = facts_of(world).sessions.get(session_id)
    publications = session.publications if session else ()
    minutes = Counter(publication.timestamp.replace(second=0, microsecond=0) for publication in publications)
    return {
        "session_id": session_id,
        "total_questions": len(session.published_questions) if session else 0,
        "average_qpm": shown(questions_per_minute(session) if session else 0),
        "peak_qpm": max(minutes.values(), default=0),
        "analysis_window": "session_duration",
    }


def completion_rate_report(world: World, *, session_id: str) -> Body:
    facts = facts_of(world)
    session = facts.sessions.get(session_id)
    rate = completion_rate(facts, session) if session else None
    return {
        "session_id": session_id,
        "total_students": len(facts.roster_of(session)) if session else 0,
        "completed_students": len(completed(facts, session)) if session else 0,
        "completion_rate": shown(rate),
        "total_questions": len(session.published_questions) if session else 0,
        "average_completion": shown(average_completion(facts, session)) if session else None,
        "analysis": {
            "retention_level": bands.retention_level(rate),
            "benchmark": shown(_classroom_completion(facts, session)) if session else None,
        },
    }


def _classroom_completion(facts: Facts, session: Session) -> Fraction | None:
    return mean(completion_rate(facts, one) for one in facts.sessions_of_classroom(session.classroom_id))


def dropoff_analysis(world: World, *, session_id: str) -> Body:
    facts = facts_of(world)
    session = facts.sessions.get(session_id)
    steps = _steps(facts, session) if session else []
    critical = [
        (order, question, start, end)
        for order, question, start, end in steps
        if (_dropoff_rate(start, end) or 0) >= CRITICAL_DROPOFF
    ]
    return {
        "session_id": session_id,
        "dropoff_points": [
            {
                "question_id": question,
                "question_order": order,
                "students_at_start": start,
                "students_at_end": end,
                "dropoff_rate": shown(_dropoff_rate(start, end)),
            }
            for order, question, start, end in steps
        ],
        "analysis": {
            "critical_points": [question for _, question, _, _ in critical],
            "recommendations": [sentences.dropoff(order, start - end, start) for order, _, start, end in critical]
            or [sentences.NO_DROPOFF] * bool(steps),
        },
    }


def _steps(facts: Facts, session: Session) -> list[tuple[int, str, int, int]]:
    """Order, question, and how many of the roster answered the question before it and this one."""
    roster = facts.roster_of(session)
    questions = session.published_questions
    left = [len(roster), *(len(answered_by(session, question) & roster) for question in questions)]
    return [
        (order, question, start, end)
        for order, (question, (start, end)) in enumerate(zip(questions, pairwise(left), strict=True), start=1)
    ]


def _dropoff_rate(start: int, end: int) -> Fraction | None:
    return percent(max(0, start - end), start)
