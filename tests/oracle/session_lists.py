"""The lists of a classroom's and of a quiz's sessions."""

from oracle.arithmetic import duration_text, instant, seconds_of, shown
from oracle.facts import Facts, Session, facts_of
from oracle.pages import DEFAULT_PAGE_SIZE, Body, page_of, pagination
from oracle.scores import accuracy, completion_rate, engagement_score, participants
from oracle.world import World


def classroom_sessions(world: World, *, classroom_id: str, page: int = 1, page_size: int = DEFAULT_PAGE_SIZE) -> Body:
    facts = facts_of(world)
    sessions = facts.sessions_of_classroom(classroom_id)
    return {"classroom_id": classroom_id} | _listing(facts, sessions, page, page_size)


def quiz_sessions(world: World, *, quiz_id: str, page: int = 1, page_size: int = DEFAULT_PAGE_SIZE) -> Body:
    facts = facts_of(world)
    return {"quiz_id": quiz_id} | _listing(facts, facts.sessions_of_quiz(quiz_id), page, page_size)


def _listing(facts: Facts, sessions: list[Session], page: int, page_size: int) -> Body:
    by_id = sorted(sessions, key=lambda session: session.session_id)
    newest_first = sorted(by_id, key=lambda session: session.started_at, reverse=True)
    rows = [_row(facts, session) for session in page_of(newest_first, page, page_size)]
    return {
        "pagination": pagination(len(sessions), page, page_size),
        "sessions": rows,
        "summary": {"total_sessions": len(sessions), "page_sessions": len(rows)},
    }


def _row(facts: Facts, session: Session) -> Body:
    seconds = seconds_of(session.duration)
    return {
        "session_id": session.session_id,
        "quiz_title": facts.quiz_title(session.quiz_id),
        "classroom_name": facts.classroom_name(session.classroom_id),
        "started_at": instant(session.started_at),
        "duration": duration_text(seconds),
        "duration_seconds": shown(seconds),
        "total_students": len(facts.roster_of(session)),
        "participating_students": len(participants(facts, session)),
        "total_questions": len(session.published_questions),
        "average_accuracy": shown(accuracy(session.answers)),
        "completion_rate": shown(completion_rate(facts, session)),
        "engagement_score": shown(engagement_score(facts, session)),
    }
