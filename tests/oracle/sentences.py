"""The fixed sentences of advice, chosen by band."""

DIFFICULTY_ADVICE = {
    "too_easy": "Most answers are correct: add harder questions.",
    "appropriate": "The difficulty suits the students: keep it.",
    "challenging": "Many answers are wrong: go over the topic again.",
    "too_difficult": "Most answers are wrong: teach the topic again before the next session.",
    "unknown": "No answer is graded yet: add the answer keys.",
}
ENGAGEMENT_ADVICE = {
    "excellent": "Nearly everyone takes part: keep the format.",
    "good": "Most students take part: keep the format.",
    "moderate": "Part of the class stays silent: invite them to answer.",
    "low": "Few students take part: check that everyone can join and has enough time.",
    "unknown": "No students are known yet: add the rosters of the classrooms.",
}
TIMEOUT_ADVICE = {
    "high_difficulty": "Many students did not answer in time: give more time or split the question.",
    "moderate_difficulty": "Some students did not answer in time: check the wording and the timer.",
    "appropriate_difficulty": "The time suits the question: keep it.",
    "unknown": "Nothing to judge by yet: the question was not asked, or the classroom has no students.",
}
NO_DROPOFF = "No question lost a quarter of the students: keep the pace."


def hard_questions(count: int, total: int) -> str:
    return f"Review {count} of {total} questions: fewer than half of their answers are correct."


def easy_questions(count: int, total: int) -> str:
    return f"Make {count} of {total} questions harder: at least 90 % of their answers are correct."


def ungraded_questions(count: int, total: int) -> str:
    return f"Add the answer key of {count} of {total} questions: their answers cannot be graded."


def dropoff(order: int, lost: int, start: int) -> str:
    return f"Question {order} lost {lost} of {start} students: check its wording and its timer."
