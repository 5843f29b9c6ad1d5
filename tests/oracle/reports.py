"""Every report by the name of its route: `REPORTS[name](world, **parameters)` is its body."""

from collections.abc import Callable

from oracle.classrooms import (
    class_performance_summary,
    classroom_engagement,
    classroom_engagement_history,
    classroom_overview,
)
from oracle.pages import Body
from oracle.questions import question_analysis, quiz_questions_list
from oracle.quizzes import content_effectiveness, quiz_summary
from oracle.rankings import classroom_student_rankings, session_student_rankings
from oracle.session_lists import classroom_sessions, quiz_sessions
from oracle.session_questions import latency_analysis, response_rate_report, timeout_analysis
from oracle.sessions import (
    active_participants,
    completion_rate_report,
    dropoff_analysis,
    questions_per_minute_report,
)
from oracle.students import student_activity_summary, student_performance, student_performance_list

REPORTS: dict[str, Callable[..., Body]] = {
    "active-participants": active_participants,
    "questions-per-minute": questions_per_minute_report,
    "student-performance": student_performance,
    "student-performance-list": student_performance_list,
    "classroom-engagement": classroom_engagement,
    "classroom-engagement-history": classroom_engagement_history,
    "content-effectiveness": content_effectiveness,
    "quiz-summary": quiz_summary,
    "question-analysis": question_analysis,
    "quiz-questions-list": quiz_questions_list,
    "response-rate": response_rate_report,
    "latency-analysis": latency_analysis,
    "timeout-analysis": timeout_analysis,
    "completion-rate": completion_rate_report,
    "dropoff-analysis": dropoff_analysis,
    "classroom-sessions": classroom_sessions,
    "quiz-sessions": quiz_sessions,
    "classroom-student-rankings": classroom_student_rankings,
    "session-student-rankings": session_student_rankings,
    "classroom-overview": classroom_overview,
    "class-performance-summary": class_performance_summary,
    "student-activity-summary": student_activity_summary,
}
