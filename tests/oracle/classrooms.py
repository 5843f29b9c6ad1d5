"""Reports about a classroom over a range of time, and over all of it."""

from collections.abc import Sequence
from datetime import UTC, timedelta
from fractions import Fraction
from itertools import zip_longest

from oracle import bands
from oracle.arithmetic import instant, percent, shown
from oracle.facts import Facts, Session, answers_in, facts_of
from oracle.pages import DEFAULT_PAGE_SIZE, Body, page_of, pagination, span, within
from oracle.scores import accuracy, mean_response_seconds, response_rate, students
from oracle.world import World

ACTIVE_DAYS = timedelta(days=30)
RECENT_DAYS = timedelta(days=7)


def classroom_engagement(world: World, *, classroom_id: str, date_range: str = "7d") -> Body:
    facts = facts_of(world)
    sessions, length = facts.sessions_of_classroom(classroom_id), span(date_range)
    period = [session for session in sessions if within(session.started_at, facts.now, length)]
    before = [session for session in sessions if within(session.started_at, facts.now - length, length)]
    return {
        "classroom_id": classroom_id,
        "date_range": date_range,
        **_engagement(facts, classroom_id, period),
        "trends": _trends(facts, classroom_id, before, period),
    }


def classroom_engagement_history(
    world: World,
    *,
    classroom_id: str,
    date_range: str = "7d",
    page: int = 1,
    page_size: int = DEFAULT_PAGE_SIZE,
) -> Body:
    facts = facts_of(world)
    days: dict[str, list[Session]] = {}
    for session in facts.sessions_of_classroom(classroom_id):
        if within(session.started_at, facts.now, span(date_range)):
            date = session.started_at.astimezone(UTC).date().isoformat()
            days.setdefault(date, []).append(session)
    newest_first = sorted(days, reverse=True)
    rows: list[Body] = [
        {
            "date": date,
            **_engagement(facts, classroom_id, days[date]),
            "trends": _trends(facts, classroom_id, days[before] if before else [], days[date]),
        }
        for date, before in zip_longest(newest_first, newest_first[1:], fillvalue="")
    ]
    shown_rows = page_of(rows, page, page_size)
    return {
        "classroom_id": classroom_id,
        "date_range": date_range,
        "pagination": pagination(len(rows), page, page_size),
        "engagement_history": shown_rows,
        "summary": {"total_periods": len(rows), "page_periods": len(shown_rows)},
    }


def classroom_overview(world: World, *, classroom_id: str) -> Body:
    facts = facts_of(world)
    sessions, roster = facts.sessions_of_classroom(classroom_id), facts.roster(classroom_id)
    recent = [session for session in sessions if within(session.started_at, facts.now, RECENT_DAYS)]
    this_month = [session for session in sessions if within(session.started_at, facts.now, ACTIVE_DAYS)]
    active = _active_students(facts, classroom_id, this_month)
    return {
        "overview": {
            "classroom_id": classroom_id,
            "classroom_name": facts.classroom_name(classroom_id),
            "total_students": len(roster),
            "active_students": len(active),
            "total_sessions": len(sessions),
            "recent_sessions": len(recent),
            "last_activity": instant(max((session.last_event_at for session in sessions), default=None)),
            "created_at": instant(min((session.first_event_at for session in sessions), default=None)),
        },
        "insights": {
            "activity_level": bands.classroom_activity_level(len(recent), len(sessions)),
            "engagement_status": bands.engagement_status(len(active), len(roster)),
            "growth_trend": bands.growth_trend(len(recent)),
        },
        "summary": {
            "participation_rate": shown(percent(len(active), len(roster))),
            "activity_score": shown(percent(len(recent), len(sessions))),
        },
    }


def class_performance_summary(world: World, *, classroom_id: str) -> Body:
    facts = facts_of(world)
    sessions, roster = facts.sessions_of_classroom(classroom_id), facts.roster(classroom_id)
    answers = answers_in(sessions)
    participating = _active_students(facts, classroom_id, sessions)
    participation = percent(len(participating), len(roster))
    seconds = mean_response_seconds(answers)
    return {
        "performance_summary": {
            "classroom_id": classroom_id,
            "classroom_name": facts.classroom_name(classroom_id),
            "total_students": len(roster),
            "participating_students": len(participating),
            "overall_accuracy": shown(accuracy(answers)),
            "overall_participation_rate": shown(participation),
            "total_quizzes_taken": len({session.quiz_id for session in sessions if session.answers}),
            "total_questions_answered": len(answers),
            "average_response_time_seconds": shown(seconds),
            "session_count": len(sessions),
        },
        "insights": {
            "performance_level": bands.performance_level(accuracy(answers)),
            "participation_level": bands.participation_level(participation),
            "engagement_quality": bands.engagement_quality(len(answers), len(participating)),
            "response_speed": bands.response_speed(seconds),
        },
        "benchmarks": {"target_accuracy": 75, "target_participation": 80, "optimal_response_time": 30},
    }


def _active_students(facts: Facts, classroom_id: str, sessions: Sequence[Session]) -> set[str]:
    return students(answers_in(sessions)) & facts.roster(classroom_id)


def _engagement(facts: Facts, classroom_id: str, sessions: Sequence[Session]) -> Body:
    roster, active = facts.roster(classroom_id), _active_students(facts, classroom_id, sessions)
    return {
        "total_students": len(roster),
        "active_students": len(active),
        "engagement_rate_percent": shown(percent(len(active), len(roster))),
        "average_accuracy_percent": shown(accuracy(answers_in(sessions))),
        "total_questions": sum(len(session.published_questions) for session in sessions),
        "response_rate_percent": shown(response_rate(facts, sessions)),
    }


def _trends(facts: Facts, classroom_id: str, earlier: Sequence[Session], later: Sequence[Session]) -> Body:
    def engagement(sessions: Sequence[Session]) -> Fraction | None:
        if not sessions:
            return None
        return percent(len(_active_students(facts, classroom_id, sessions)), len(facts.roster(classroom_id)))

    return {
        "engagement": bands.engagement_trend(engagement(earlier), engagement(later)),
        "accuracy": bands.accuracy_trend(accuracy(answers_in(earlier)), accuracy(answers_in(later))),
    }
