"""Reports about one student, and the list of a classroom's students."""

from oracle import bands
from oracle.arithmetic import instant, percent, ratio, seconds_text, shown
from oracle.facts import Facts, Response, Session, answers_in, facts_of
from oracle.pages import DEFAULT_PAGE_SIZE, Body, page_of, pagination
from oracle.scores import accuracy, correct, graded, mean_response_seconds
from oracle.world import World


def student_performance(world: World, *, student_id: str, classroom_id: str) -> Body:
    facts = facts_of(world)
    answers = _answers_of(student_id, facts.sessions_of_classroom(classroom_id))
    seconds = mean_response_seconds(answers)
    return {
        "student_id": student_id,
        "classroom_id": classroom_id,
        "questions_attempted": len(answers),
        "correct_answers": len(correct(answers)),
        "overall_accuracy_percent": shown(accuracy(answers)),
        "average_response_time": seconds_text(seconds),
        "average_response_time_seconds": shown(seconds),
        "performance_trend": _trend(facts, student_id, classroom_id),
    }


def student_performance_list(
    world: World, *, classroom_id: str, page: int = 1, page_size: int = DEFAULT_PAGE_SIZE
) -> Body:
    facts = facts_of(world)
    roster = sorted(facts.roster(classroom_id), key=lambda student: (facts.student_name(student), student))
    sessions = facts.sessions_of_classroom(classroom_id)
    rows = [_row(facts, student, sessions) for student in page_of(roster, page, page_size)]
    return {
        "classroom_id": classroom_id,
        "pagination": pagination(len(roster), page, page_size),
        "students": rows,
        "summary": {"total_students": len(roster), "page_students": len(rows)},
    }


def _row(facts: Facts, student_id: str, sessions: list[Session]) -> Body:
    answers = _answers_of(student_id, sessions)
    seconds = mean_response_seconds(answers)
    return {
        "student_id": student_id,
        "student_name": facts.student_name(student_id),
        "questions_attempted": len(answers),
        "correct_answers": len(correct(answers)),
        "overall_accuracy": shown(accuracy(answers)),
        "average_response_time": seconds_text(seconds),
        "average_response_time_seconds": shown(seconds),
    }


def student_activity_summary(world: World, *, student_id: str, classroom_id: str) -> Body:
    facts = facts_of(world)
    attended = [session for session in facts.sessions_of_classroom(classroom_id) if _answers_of(student_id, [session])]
    quizzes = {session.quiz_id for session in attended}
    answers = _answers_of(student_id, attended)
    times = [answer.at for answer in answers]
    seconds = mean_response_seconds(answers)
    return {
        "activity_summary": {
            "student_id": student_id,
            "student_name": facts.student_name(student_id),
            "classroom_id": classroom_id,
            "classroom_name": facts.classroom_name(classroom_id),
            "total_sessions_participated": len(attended),
            "unique_quizzes_taken": len(quizzes),
            "total_questions_answered": len(answers),
            "overall_accuracy": shown(accuracy(answers)),
            "average_response_time_seconds": shown(seconds),
            "first_activity": instant(min(times, default=None)),
            "last_activity": instant(max(times, default=None)),
        },
        "insights": {
            "activity_level": bands.student_activity_level(len(attended)),
            "performance_trend": _trend(facts, student_id, classroom_id),
            "engagement_consistency": bands.engagement_consistency(len(quizzes), len(attended)),
            "response_efficiency": bands.response_speed(seconds),
        },
        "metrics": {
            "questions_per_session": shown(ratio(len(answers), len(attended))),
            "quiz_variety_score": shown(percent(len(quizzes), len(attended))),
        },
    }


def _answers_of(student_id: str, sessions: list[Session]) -> list[Response]:
    return [answer for answer in answers_in(sessions) if answer.student_id == student_id]


def _trend(facts: Facts, student_id: str, classroom_id: str) -> str:
    """The later half of the sessions with graded answers of the student against the earlier half."""
    with_data = [
        session for session in facts.sessions_of_classroom(classroom_id) if graded(_answers_of(student_id, [session]))
    ]
    with_data.sort(key=lambda session: (session.started_at, session.session_id))
    middle = len(with_data) // 2
    earlier = _answers_of(student_id, with_data[:middle])
    later = _answers_of(student_id, with_data[middle:])
    return bands.accuracy_trend(accuracy(earlier), accuracy(later))
