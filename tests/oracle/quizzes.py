"""Reports about a quiz over all its sessions, in every classroom that used it."""

from collections.abc import Sequence
from fractions import Fraction

from oracle import bands, sentences
from oracle.arithmetic import instant, mean, shown
from oracle.facts import Facts, Session, answers_in, facts_of
from oracle.pages import Body
from oracle.questions import answers_to, questions_of_quiz
from oracle.scores import accuracy, average_completion, overall_engagement, students
from oracle.world import World


def content_effectiveness(world: World, *, quiz_id: str) -> Body:
    facts = facts_of(world)
    sessions = facts.sessions_of_quiz(quiz_id)
    average_accuracy, engagement = accuracy(answers_in(sessions)), overall_engagement(facts, sessions)
    difficulty = bands.difficulty_level(average_accuracy)
    engagement_level = bands.engagement_level(engagement)
    return {
        "quiz_id": quiz_id,
        "total_questions": len(questions_of_quiz(facts, quiz_id)),
        "average_accuracy": shown(average_accuracy),
        "overall_engagement": shown(engagement),
        "effectiveness_score": shown(effectiveness(average_accuracy, engagement)),
        "recommendations": [
            sentences.DIFFICULTY_ADVICE[difficulty],
            sentences.ENGAGEMENT_ADVICE[engagement_level],
        ],
        "content_analysis": {
            "difficulty_level": difficulty,
            "engagement_level": engagement_level,
            "optimization_suggestions": _suggestions(facts, quiz_id, sessions),
        },
    }


def quiz_summary(world: World, *, quiz_id: str) -> Body:
    facts = facts_of(world)
    sessions = facts.sessions_of_quiz(quiz_id)
    answers, starts = answers_in(sessions), [session.started_at for session in sessions]
    classrooms = {session.classroom_id for session in sessions}
    average_accuracy, engagement = accuracy(answers), overall_engagement(facts, sessions)
    return {
        "quiz_id": quiz_id,
        "title": facts.quiz_title(quiz_id),
        "usage_statistics": {
            "total_sessions": len(sessions),
            "total_classrooms": len(classrooms),
            "total_students": len(students(answers)),
            "total_questions": len(questions_of_quiz(facts, quiz_id)),
            "first_used": instant(min(starts, default=None)),
            "last_used": instant(max(starts, default=None)),
        },
        "performance_metrics": {
            "average_accuracy": shown(average_accuracy),
            "average_completion": shown(mean(average_completion(facts, session) for session in sessions)),
            "overall_engagement": shown(engagement),
            "effectiveness_score": shown(effectiveness(average_accuracy, engagement)),
        },
        "insights": {
            "performance_rating": bands.performance_rating(average_accuracy),
            "usage_frequency": bands.usage_frequency(len(sessions)),
            "reach": bands.reach(len(classrooms)),
        },
    }


def effectiveness(average_accuracy: Fraction | None, engagement: Fraction | None) -> Fraction | None:
    """The mean of what the students got right and of how many took part."""
    return mean([average_accuracy, engagement])


def _suggestions(facts: Facts, quiz_id: str, sessions: Sequence[Session]) -> list[str]:
    questions = questions_of_quiz(facts, quiz_id)
    answered = {question: answers for question in questions if (answers := answers_to(question, sessions))}
    rates = [accuracy(answers) for answers in answered.values()]
    graded = [rate for rate in rates if rate is not None]
    found = [
        (sentences.hard_questions, sum(rate < 50 for rate in graded)),
        (sentences.easy_questions, sum(rate >= 90 for rate in graded)),
        (sentences.ungraded_questions, len(rates) - len(graded)),
    ]
    return [sentence(count, len(questions)) for sentence, count in found if count > 0]
