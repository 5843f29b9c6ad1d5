"""question-analysis: how a question did in every session it was asked in."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from pydantic import Field

from ingestor_api.reports import bands
from ingestor_api.reports.distributions import DESCRIPTION, GIVEN, distribution
from ingestor_api.reports.exact import mean_seconds, percent, seconds_text, shown
from ingestor_api.reports.parameters import OfQuestion
from ingestor_api.reports.report import Body, Report, Row


class QuestionUsage(Body):
    total_attempts: int = Field(description="Answers; skips are none.")
    correct_attempts: int
    usage_count: int = Field(description="Sessions that published the question.")


class QuestionPerformance(Body):
    accuracy_rate: float | None = Field(description="100 x correct / graded answers.")
    average_response_time: str | None = Field(description='Text of the seconds: "12.40s".')
    average_response_time_seconds: float | None
    difficulty_rating: float | None = Field(description="100 - accuracy_rate.")


class QuestionInsights(Body):
    difficulty_level: str = Field(description="too_easy, appropriate, challenging, too_difficult or unknown.")
    response_quality: str = Field(description="By mean response time: quick, moderate, slow, very_slow or unknown.")
    effectiveness: str = Field(
        description="needs_more_data (under 5 attempts), highly_effective, effective, needs_improvement or unknown."
    )


class QuestionAnalysis(Body):
    """A question over all sessions."""

    question_id: UUID
    quiz_id: UUID | None = Field(
        description="The catalog's; else that of the latest session in which the question was asked."
    )
    usage_stats: QuestionUsage
    performance_metrics: QuestionPerformance
    answer_distribution: dict[str, int] = Field(description=DESCRIPTION)
    other_answers: int = Field(description="How many answers had another text than those.")
    insights: QuestionInsights


STATEMENT: Final = f"""
    WITH asked AS MATERIALIZED (SELECT * FROM session_questions WHERE question_id = $1),
    distributed AS (SELECT session_id, question_id FROM asked WHERE answers > 0),
    {GIVEN}
    SELECT coalesce(
               (SELECT quiz_id FROM questions WHERE question_id = $1),
               (SELECT s.quiz_id FROM asked CROSS JOIN LATERAL (
                    SELECT * FROM sessions WHERE session_id = asked.session_id OFFSET 0
                ) s ORDER BY s.started_at DESC, s.session_id DESC LIMIT 1)
           ) AS quiz_id,
           coalesce(sum(answers), 0)::bigint AS answers, coalesce(sum(graded), 0)::bigint AS graded,
           coalesce(sum(correct), 0)::bigint AS correct, coalesce(sum(response_ms), 0)::bigint AS response_ms,
           coalesce(sum(responses), 0)::bigint AS responses, count(*) FILTER (WHERE publications > 0) AS usages,
           (SELECT given FROM given) AS given, (SELECT times FROM given) AS times
    FROM asked
"""


def question_analysis(asked: OfQuestion, rows: Sequence[Row]) -> QuestionAnalysis:
    """A question over all sessions: use, accuracy, speed and what was answered."""
    (row,) = rows
    accuracy = percent(row["correct"], row["graded"])
    seconds = mean_seconds(row["response_ms"], row["responses"])
    shown_answers = distribution(row)
    return QuestionAnalysis(
        question_id=asked.question_id,
        quiz_id=row["quiz_id"],
        usage_stats=QuestionUsage(
            total_attempts=row["answers"], correct_attempts=row["correct"], usage_count=row["usages"]
        ),
        performance_metrics=QuestionPerformance(
            accuracy_rate=shown(accuracy),
            average_response_time=seconds_text(seconds),
            average_response_time_seconds=shown(seconds),
            difficulty_rating=None if accuracy is None else shown(100 - accuracy),
        ),
        answer_distribution=shown_answers,
        other_answers=row["answers"] - sum(shown_answers.values()),
        insights=QuestionInsights(
            difficulty_level=bands.difficulty(accuracy),
            response_quality=bands.response_quality(seconds),
            effectiveness=bands.question_effectiveness(accuracy, row["answers"]),
        ),
    )


REPORT: Final = Report(
    name="question-analysis",
    title="How a question did in every session it was asked in",
    asked=OfQuestion,
    body=QuestionAnalysis,
    statement=STATEMENT,
    arguments=lambda asked, now: (asked.question_id,),
    build=question_analysis,
)
