"""quiz-questions-list: the questions of a quiz, in the order they are asked."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from pydantic import Field

from ingestor_api.reports.distributions import DESCRIPTION, GIVEN, distribution
from ingestor_api.reports.exact import mean_seconds, percent, shown
from ingestor_api.reports.pages import Pagination, listed, pagination
from ingestor_api.reports.parameters import OfQuiz, Paged
from ingestor_api.reports.report import Body, Report, Row
from ingestor_api.reports.sizes import MAX_ANSWER_BYTES, too_large


class QuizQuestionsAsked(Paged, OfQuiz):
    """A page of a quiz's questions."""


class QuizQuestion(Body):
    question_id: UUID
    quiz_id: UUID
    total_attempts: int = Field(description="Answers in the quiz's sessions; skips are none.")
    correct_attempts: int
    accuracy_rate: float | None = Field(description="100 x correct / graded answers.")
    average_response_time_seconds: float | None
    difficulty_rating: float | None = Field(description="100 - accuracy_rate.")
    answer_distribution: dict[str, int] = Field(description=DESCRIPTION)
    usage_count: int = Field(description="Sessions of the quiz that published it.")


class QuizQuestionsSummary(Body):
    total_questions: int
    page_questions: int


class QuizQuestions(Body):
    """The questions the catalog has for the quiz, and those its sessions asked."""

    quiz_id: UUID
    pagination: Pagination
    questions: list[QuizQuestion] = Field(description="By first publication, then question_id; never published last.")
    summary: QuizQuestionsSummary


STATEMENT: Final = f"""
    WITH asked AS MATERIALIZED (
        SELECT q.* FROM sessions s CROSS JOIN LATERAL (
            SELECT * FROM session_questions WHERE session_id = s.session_id OFFSET 0
        ) q
        WHERE s.quiz_id = $1
    ),
    of_quiz AS (
        SELECT question_id, sum(answers)::bigint AS answers, sum(graded)::bigint AS graded,
               sum(correct)::bigint AS correct, sum(response_ms)::bigint AS response_ms,
               sum(responses)::bigint AS responses, sum(published)::bigint AS usages,
               row_number() OVER (ORDER BY min(first_published_at) NULLS LAST, question_id) AS place
        FROM (SELECT question_id, answers, graded, correct, response_ms, responses,
                     (publications > 0)::int AS published, first_published_at FROM asked
              UNION ALL SELECT question_id, 0, 0, 0, 0, 0, 0, NULL FROM questions WHERE quiz_id = $1) q
        GROUP BY question_id
    ),
    page AS MATERIALIZED (SELECT * FROM of_quiz WHERE place > $2 AND place <= $3),
    distributed AS (
        SELECT session_id, question_id FROM asked
        WHERE answers > 0 AND question_id IN (SELECT question_id FROM page)
    ),
    {GIVEN}
    SELECT whole.total, page.*, (SELECT coalesce(sum(bytes), 0) FROM given)::bigint AS bytes,
           CASE WHEN (SELECT sum(bytes) FROM given) <= {MAX_ANSWER_BYTES} THEN given.given END AS given, given.times
    FROM (SELECT count(*) AS total FROM of_quiz) whole
    LEFT JOIN page ON true LEFT JOIN given USING (question_id)
    ORDER BY page.place
"""


def quiz_questions_list(asked: QuizQuestionsAsked, rows: Sequence[Row]) -> QuizQuestions:
    """Each question of the quiz with its numbers over the quiz's sessions alone."""
    size = rows[0]["bytes"]
    if size > MAX_ANSWER_BYTES:
        raise too_large("page_size", "the answers given to this page's questions", size, "ask for a smaller page_size")
    questions = [_question(asked, row) for row in listed(rows)]
    return QuizQuestions(
        quiz_id=asked.quiz_id,
        pagination=pagination(asked, rows),
        questions=questions,
        summary=QuizQuestionsSummary(total_questions=rows[0]["total"], page_questions=len(questions)),
    )


def _question(asked: QuizQuestionsAsked, row: Row) -> QuizQuestion:
    accuracy = percent(row["correct"], row["graded"])
    return QuizQuestion(
        question_id=row["question_id"],
        quiz_id=asked.quiz_id,
        total_attempts=row["answers"],
        correct_attempts=row["correct"],
        accuracy_rate=shown(accuracy),
        average_response_time_seconds=shown(mean_seconds(row["response_ms"], row["responses"])),
        difficulty_rating=None if accuracy is None else shown(100 - accuracy),
        answer_distribution=distribution(row),
        usage_count=row["usages"],
    )


REPORT: Final = Report(
    name="quiz-questions-list",
    title="The questions of a quiz, in the order they are asked",
    asked=QuizQuestionsAsked,
    body=QuizQuestions,
    statement=STATEMENT,
    arguments=lambda asked, now: (asked.quiz_id, asked.after, asked.up_to),
    build=quiz_questions_list,
)
