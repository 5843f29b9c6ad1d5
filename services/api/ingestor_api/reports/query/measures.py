"""The measures that groups of facts are told by. Each means what the reports mean by it."""

from collections.abc import Mapping
from typing import Final

from ingestor_api.reports.query import parts
from ingestor_api.reports.query.rounding import mean_of_quotients
from ingestor_api.reports.query.vocabulary import Aggregate, Grain, MeanOf, Measure, Part, Projection

_GRADED: Final = "count(a.correct)"
_CORRECT: Final = "count(*) FILTER (WHERE a.correct)"
_WRONG: Final = "count(*) FILTER (WHERE NOT a.correct)"
_SUM_GRADED: Final = "sum(a.graded)"
_SUM_CORRECT: Final = "sum(a.correct)"
_SUM_WRONG: Final = "sum(a.graded - a.correct)"


def _ratio(part: str, whole: str) -> str:
    """The two numbers of a ratio, which is unknown where `whole` is 0: they are divided only to be rounded."""
    return f"ARRAY[{part}, nullif({whole}, 0)]::numeric[]"


def _seconds(milliseconds: str) -> str:
    return f"ARRAY[{milliseconds}, 1000]::numeric[]"


def _mean_share(shares: str, unit: str) -> str:
    """The mean, in percent, of whole numbers of 1 / `unit`."""
    return _ratio(f"100 * sum({shares})", f"{unit} * count({shares})")


def _of_answers(sql: str, counted: str | None = None) -> Aggregate:
    return Aggregate(Grain.ANSWER, sql, counted=counted)


def _of_questions(sql: str, *needs: Part) -> Aggregate:
    return Aggregate(Grain.QUESTION, sql, frozenset(needs))


def _of_sessions(sql: str, *needs: Part) -> Aggregate:
    return Aggregate(Grain.SESSION, sql, frozenset(needs))


_OF_ANSWERS: Final = (
    Measure(
        name="total_answers",
        title="Answers",
        description="Answers; skips are not answers.",
        format="count",
        of=_of_answers("count(*)", "sum(a.answers)"),
    ),
    Measure(
        name="correct_answers",
        title="Correct answers",
        description="Answers that equal the question's key.",
        format="count",
        of=_of_answers(_CORRECT, _SUM_CORRECT),
    ),
    Measure(
        name="wrong_answers",
        title="Wrong answers",
        description="Graded answers that are not correct.",
        format="count",
        of=_of_answers(_WRONG, _SUM_WRONG),
    ),
    Measure(
        name="late_answers",
        title="Late answers",
        description="Answers after their publication's timer had run out.",
        format="count",
        of=_of_answers("count(*) FILTER (WHERE a.late)", "sum(a.late)"),
    ),
    Measure(
        name="skipped_answers",
        title="Skips",
        description="Empty answers.",
        format="count",
        of=Aggregate(Grain.SKIP, "count(*)", counted="sum(a.skips)"),
    ),
    Measure(
        name="accuracy_rate",
        title="Accuracy",
        description="100 x correct / graded answers.",
        format="percent",
        of=_of_answers(_ratio(f"100 * {_CORRECT}", _GRADED), _ratio(f"100 * {_SUM_CORRECT}", _SUM_GRADED)),
    ),
    Measure(
        name="question_difficulty_score",
        title="Difficulty score",
        description="100 - accuracy.",
        format="percent",
        of=_of_answers(_ratio(f"100 * {_WRONG}", _GRADED), _ratio(f"100 * {_SUM_WRONG}", _SUM_GRADED)),
    ),
    Measure(
        name="performance_variance",
        title="Variance of performance",
        description="Population variance of the graded answers' scores, 100 where correct and 0 where not.",
        format="decimal",
        of=_of_answers(
            _ratio(f"10000.0 * {_CORRECT} * {_WRONG}", f"1.0 * {_GRADED} * {_GRADED}"),
            _ratio(f"10000.0 * {_SUM_CORRECT} * {_SUM_WRONG}", f"1.0 * {_SUM_GRADED} * {_SUM_GRADED}"),
        ),
    ),
    Measure(
        name="active_students",
        title="Active students",
        description="Distinct students of the sessions' rosters among the answers.",
        format="count",
        of=Aggregate(
            Grain.ANSWER,
            "count(DISTINCT enrolled.student_id)",
            frozenset({Part.ROSTER}),
            counted="enrolled.student_id",
            projections=frozenset({Projection.STUDENTS}),
            distinct=True,
        ),
    ),
    Measure(
        name="student_attempts_per_question",
        title="Attempts a question",
        description="Answers a student gave to a question in a session, on average.",
        format="decimal",
        of=Aggregate(
            Grain.ANSWER,
            _ratio("count(*)", "count(DISTINCT (a.session_id, a.question_id, a.student_id))"),
            counted=_ratio("sum(a.answers)", "sum(a.questions_answered)"),
            projections=frozenset({Projection.STUDENTS}),
            is_sum=False,
        ),
    ),
    Measure(
        name="response_speed_score",
        title="Response speed score",
        description="100 x answers under 30 s / answers whose response time is known.",
        format="percent",
        of=_of_answers(_ratio("100 * count(*) FILTER (WHERE a.response_ms < 30000)", "count(a.response_ms)")),
    ),
    Measure(
        name="response_time_avg",
        title="Mean response time",
        description="Mean of the known response times.",
        format="seconds",
        of=_of_answers(
            _ratio("sum(a.response_ms)", "1000 * count(a.response_ms)"),
            _ratio("sum(a.response_ms)", "1000 * sum(a.responses)"),
        ),
    ),
    Measure(
        name="response_time_min",
        title="Shortest response time",
        description="The shortest of the known response times.",
        format="seconds",
        of=_of_answers(_seconds("min(a.response_ms)")),
    ),
    Measure(
        name="response_time_max",
        title="Longest response time",
        description="The longest of the known response times.",
        format="seconds",
        of=_of_answers(_seconds("max(a.response_ms)")),
    ),
    Measure(
        name="response_time_p50",
        title="Median response time",
        description="The middle one of the known response times, or the mean of the middle two.",
        format="seconds",
        of=_of_answers(_seconds("percentile_cont(0.5) WITHIN GROUP (ORDER BY a.response_ms)")),
    ),
    Measure(
        name="response_time_p95",
        title="95th percentile of response times",
        description="The shortest known response time that 95 % of them do not exceed (nearest rank).",
        format="seconds",
        of=_of_answers(_seconds("percentile_disc(0.95) WITHIN GROUP (ORDER BY a.response_ms)")),
    ),
)

_OF_QUESTIONS: Final = (
    Measure(
        name="questions_published",
        title="Questions published",
        description="Distinct questions published, summed over sessions.",
        format="count",
        of=_of_questions("count(*)"),
    ),
    Measure(
        name="question_engagement_rate",
        title="Question engagement",
        description="100 x students of the roster who answered, summed over the questions / the rosters' sizes, summed "
        "likewise.",
        format="percent",
        of=_of_questions(
            _ratio("100 * sum(coalesce(r.students, 0))", "sum(s.students)"),
            Part.ATTENDANCE,
            Part.STUDENTS_ANSWERING,
        ),
    ),
    Measure(
        name="time_to_first_answer",
        title="Time to the first answer",
        description="Mean over the questions of the shortest response time to each.",
        format="seconds",
        of=_of_questions(_ratio("sum(f.response_ms)", "1000 * count(f.response_ms)"), Part.FIRST_ANSWERS),
    ),
)

_OF_SESSIONS: Final = (
    Measure(
        name="unique_sessions",
        title="Sessions",
        description="Sessions; by a dimension of answers, those with such an answer.",
        format="count",
        of=_of_sessions("count(*)"),
    ),
    Measure(
        name="participation_rate",
        title="Participation",
        description="Mean over the sessions of 100 x students of the roster who answered / roster.",
        format="percent",
        of=_of_sessions(_mean_share("s.participation_share", parts.ROSTERS), Part.ATTENDANCE, Part.PARTICIPATION_SHARE),
    ),
    Measure(
        name="session_completion_rate",
        title="Session completion",
        description="Mean over the sessions of 100 x students of the roster who answered every question / roster.",
        format="percent",
        of=_of_sessions(_mean_share("s.completion_share", parts.ROSTERS), Part.ATTENDANCE, Part.COMPLETION_SHARE),
    ),
    Measure(
        name="quiz_completion_rate",
        title="Quiz completion",
        description="Mean over the sessions of the share of the published questions that a student of the roster "
        "answered on average.",
        format="percent",
        of=_of_sessions(_mean_share("s.answered_share", parts.SEATS), Part.ATTENDANCE, Part.ANSWERED_SHARE),
    ),
    Measure(
        name="engagement_score",
        title="Engagement score",
        description="Mean over the sessions of the mean of participation and session completion, where known.",
        format="percent",
        of=_of_sessions(
            _mean_share("s.engagement_share", f"2 * {parts.ROSTERS}"),
            Part.ATTENDANCE,
            Part.ENGAGEMENT_SHARE,
        ),
    ),
    Measure(
        name="average_session_duration",
        title="Session duration",
        description="Mean time from a session's start to its end, or else to its last event.",
        format="seconds",
        of=_of_sessions(_ratio("sum(extract(epoch FROM s.duration))", "count(*)")),
    ),
    Measure(
        name="questions_per_minute",
        title="Questions a minute",
        description="Mean over the sessions of publications a minute between the first and the last, which count as a "
        "minute at least; 0 without publications.",
        format="decimal",
        of=_of_sessions(mean_of_quotients("60000000 * p.publications", "p.microseconds", of="s.session_id"), Part.PACE),
    ),
)

_DERIVED: Final = (
    Measure(
        name="content_effectiveness_score",
        title="Content effectiveness",
        description="Mean of accuracy and participation, where known.",
        format="percent",
        of=MeanOf("accuracy_rate", "participation_rate"),
    ),
)

MEASURES: Final[Mapping[str, Measure]] = {
    measure.name: measure for measure in (*_OF_ANSWERS, *_OF_QUESTIONS, *_OF_SESSIONS, *_DERIVED)
}
