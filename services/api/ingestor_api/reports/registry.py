"""All reports."""

from typing import Any, Final

from ingestor_api.reports.classroom import (
    class_performance_summary,
    classroom_engagement,
    classroom_engagement_history,
    classroom_overview,
    classroom_sessions,
    classroom_student_rankings,
    student_performance_list,
)
from ingestor_api.reports.question import latency_analysis, question_analysis, response_rate, timeout_analysis
from ingestor_api.reports.quiz import content_effectiveness, quiz_questions_list, quiz_sessions, quiz_summary
from ingestor_api.reports.report import Report
from ingestor_api.reports.session import (
    active_participants,
    completion_rate,
    dropoff_analysis,
    questions_per_minute,
    session_student_rankings,
)
from ingestor_api.reports.student import student_activity_summary, student_performance

REPORTS: Final[tuple[Report[Any, Any], ...]] = (
    active_participants.REPORT,
    questions_per_minute.REPORT,
    completion_rate.REPORT,
    dropoff_analysis.REPORT,
    session_student_rankings.REPORT,
    response_rate.REPORT,
    latency_analysis.REPORT,
    timeout_analysis.REPORT,
    question_analysis.REPORT,
    content_effectiveness.REPORT,
    quiz_summary.REPORT,
    quiz_questions_list.REPORT,
    quiz_sessions.REPORT,
    classroom_overview.REPORT,
    class_performance_summary.REPORT,
    classroom_engagement.REPORT,
    classroom_engagement_history.REPORT,
    classroom_sessions.REPORT,
    classroom_student_rankings.REPORT,
    student_performance_list.REPORT,
    student_performance.REPORT,
    student_activity_summary.REPORT,
)
