"""Reports about one question in one session: who answered, how fast, and who ran out of time."""

from oracle import bands
from oracle.arithmetic import mean, median, percent, percentile_95, seconds_of_ms, seconds_text, shown
from oracle.facts import Facts, Response, Session, answers_in, facts_of
from oracle.pages import Body
from oracle.scores import answered_by, mean_response_seconds, response_rate, response_times, students
from oracle.sentences import TIMEOUT_ADVICE
from oracle.world import World


def response_rate_report(world: World, *, session_id: str, question_id: str) -> Body:
    facts = facts_of(world)
    session = facts.sessions.get(session_id)
    received = _receivers(facts, session, question_id)
    answered = answered_by(session, question_id) & received if session else set()
    rate = percent(len(answered), len(received))
    benchmark = response_rate(facts, _classmates(facts, session))
    return {
        "session_id": session_id,
        "question_id": question_id,
        "students_received": len(received),
        "students_answered": len(answered),
        "response_rate": shown(rate),
        "analysis": {"engagement_level": bands.engagement_level(rate), "benchmark": shown(benchmark)},
    }


def latency_analysis(world: World, *, session_id: str, question_id: str) -> Body:
    facts = facts_of(world)
    session = facts.sessions.get(session_id)
    answers = [answer for answer in _responses(session, question_id) if not answer.skipped]
    times = response_times(answers)
    average = seconds_of_ms(mean(times))
    latencies = {
        "first_answer_latency": seconds_of_ms(min(times, default=None)),
        "average_latency": average,
        "median_latency": seconds_of_ms(median(times)),
        "p95_latency": seconds_of_ms(percentile_95(times)),
    }
    benchmark = mean_response_seconds(answers_in(_classmates(facts, session)))
    return {
        "session_id": session_id,
        "question_id": question_id,
        **{name: seconds_text(seconds) for name, seconds in latencies.items()},
        **{f"{name}_seconds": shown(seconds) for name, seconds in latencies.items()},
        "analysis": {"speed_rating": bands.speed_rating(average), "benchmark": shown(benchmark)},
    }


def timeout_analysis(world: World, *, session_id: str, question_id: str) -> Body:
    facts = facts_of(world)
    responses = _responses(facts.sessions.get(session_id), question_id)
    roster = _receivers(facts, facts.sessions.get(session_id), question_id)
    in_time = [response for response in responses if not response.late]
    answered = students(response for response in in_time if not response.skipped)
    skipped = (students(in_time) - answered) & roster
    timed_out = roster - students(in_time)
    indicator = bands.difficulty_indicator(percent(len(timed_out) + len(skipped), len(roster)))
    return {
        "session_id": session_id,
        "question_id": question_id,
        "total_students": len(roster),
        "timeout_count": len(timed_out),
        "skipped_count": len(skipped),
        "timeout_rate": shown(percent(len(timed_out), len(roster))),
        "skipped_rate": shown(percent(len(skipped), len(roster))),
        "late_count": sum(response.late and not response.skipped for response in responses),
        "analysis": {"difficulty_indicator": indicator, "recommendation": TIMEOUT_ADVICE[indicator]},
    }


def _receivers(facts: Facts, session: Session | None, question_id: str) -> set[str]:
    """The roster, where the question was asked at all."""
    if session is None or question_id not in session.asked_questions:
        return set()
    return facts.roster_of(session)


def _responses(session: Session | None, question_id: str) -> list[Response]:
    responses = session.responses if session else ()
    return [response for response in responses if response.question_id == question_id]


def _classmates(facts: Facts, session: Session | None) -> list[Session]:
    """All sessions of the session's classroom, itself included."""
    return facts.sessions_of_classroom(session.classroom_id) if session else []
