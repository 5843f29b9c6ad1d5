"""content-effectiveness: whether a quiz suits its students, and what to change."""

from collections.abc import Iterator, Sequence
from typing import Final
from uuid import UUID

from pydantic import Field

from ingestor_api.reports import bands
from ingestor_api.reports.exact import shown
from ingestor_api.reports.parameters import OfQuiz
from ingestor_api.reports.quiz.scores import QUIZ_FACTS, quiz_scores
from ingestor_api.reports.report import Body, Report, Row

BY_DIFFICULTY: Final = {
    "too_easy": "Most answers are correct: add harder questions.",
    "appropriate": "The difficulty suits the students: keep it.",
    "challenging": "Many answers are wrong: go over the topic again.",
    "too_difficult": "Most answers are wrong: teach the topic again before the next session.",
    bands.UNKNOWN: "No answer is graded yet: add the answer keys.",
}
BY_ENGAGEMENT: Final = {
    "excellent": "Nearly everyone takes part: keep the format.",
    "good": "Most students take part: keep the format.",
    "moderate": "Part of the class stays silent: invite them to answer.",
    "low": "Few students take part: check that everyone can join and has enough time.",
    bands.UNKNOWN: "No students are known yet: add the rosters of the classrooms.",
}


class ContentAnalysis(Body):
    difficulty_level: str = Field(description="Word for average_accuracy.")
    engagement_level: str = Field(description="Word for overall_engagement.")
    optimization_suggestions: list[str] = Field(description="Questions that are too hard, too easy or have no key.")


class ContentEffectiveness(Body):
    """A quiz over all its sessions."""

    quiz_id: UUID
    total_questions: int = Field(description="Questions the catalog has for the quiz or its sessions asked.")
    average_accuracy: float | None = Field(description="100 x correct / graded answers.")
    overall_engagement: float | None = Field(
        description="Mean participation (roster students who answered / roster) of its sessions, in percent."
    )
    effectiveness_score: float | None = Field(description="Mean of average_accuracy and overall_engagement.")
    recommendations: list[str] = Field(description="One by difficulty_level, one by engagement_level.")
    content_analysis: ContentAnalysis


# Half of the answers, and nine tenths of them: compared in whole numbers, so exactly.
STATEMENT: Final = f"""
    WITH {QUIZ_FACTS},
    of_quiz AS (
        SELECT question_id, sum(answers) AS answers, sum(graded) AS graded, sum(correct) AS correct
        FROM (SELECT question_id, answers, graded, correct FROM scope CROSS JOIN LATERAL (
                  SELECT question_id, answers, graded, correct FROM session_questions
                  WHERE session_id = scope.session_id OFFSET 0
              ) asked
              UNION ALL SELECT question_id, 0, 0, 0 FROM questions WHERE quiz_id = $1) q
        GROUP BY question_id
    )
    SELECT alike.*, questions.*
    FROM alike, (
        SELECT count(*) AS questions, count(*) FILTER (WHERE graded > 0 AND 2 * correct < graded) AS hard,
               count(*) FILTER (WHERE graded > 0 AND 10 * correct >= 9 * graded) AS easy,
               count(*) FILTER (WHERE answers > 0 AND graded = 0) AS keyless
        FROM of_quiz
    ) questions
"""


def content_effectiveness(asked: OfQuiz, rows: Sequence[Row]) -> ContentEffectiveness:
    """Accuracy over all answers in the quiz's sessions, mean participation of its sessions, and advice by them."""
    (row,) = rows
    scores = quiz_scores(row)
    difficulty, engagement = bands.difficulty(scores.accuracy), bands.engagement_level(scores.engagement)
    return ContentEffectiveness(
        quiz_id=asked.quiz_id,
        total_questions=row["questions"],
        average_accuracy=shown(scores.accuracy),
        overall_engagement=shown(scores.engagement),
        effectiveness_score=shown(scores.effectiveness),
        recommendations=[BY_DIFFICULTY[difficulty], BY_ENGAGEMENT[engagement]],
        content_analysis=ContentAnalysis(
            difficulty_level=difficulty,
            engagement_level=engagement,
            optimization_suggestions=list(_suggestions(row)),
        ),
    )


def _suggestions(row: Row) -> Iterator[str]:
    total = row["questions"]
    if row["hard"]:
        yield f"Review {row['hard']} of {total} questions: fewer than half of their answers are correct."
    if row["easy"]:
        yield f"Make {row['easy']} of {total} questions harder: at least 90 % of their answers are correct."
    if row["keyless"]:
        yield f"Add the answer key of {row['keyless']} of {total} questions: their answers cannot be graded."


REPORT: Final = Report(
    name="content-effectiveness",
    title="Whether a quiz suits its students, and what to change",
    asked=OfQuiz,
    body=ContentEffectiveness,
    statement=STATEMENT,
    arguments=lambda asked, now: (asked.quiz_id,),
    build=content_effectiveness,
)
