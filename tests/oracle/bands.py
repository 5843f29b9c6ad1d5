"""The words that stand for numbers, and the trends."""

from collections.abc import Sequence
from fractions import Fraction

from oracle.arithmetic import HUNDRED

Number = Fraction | int | None
UNKNOWN = "unknown"
TREND_POINTS = 5


def _at_least(value: Number, bands: Sequence[tuple[int, str]], otherwise: str) -> str:
    if value is None:
        return UNKNOWN
    return next((word for threshold, word in bands if value >= threshold), otherwise)


def _at_most(value: Number, bands: Sequence[tuple[int, str]], otherwise: str) -> str:
    if value is None:
        return UNKNOWN
    return next((word for threshold, word in bands if value <= threshold), otherwise)


def engagement_level(rate: Number) -> str:
    return _at_least(rate, [(90, "excellent"), (75, "good"), (60, "moderate")], "low")


def retention_level(rate: Number) -> str:
    return _at_least(rate, [(85, "excellent"), (70, "good"), (50, "moderate")], "concerning")


def performance_rating(accuracy: Number) -> str:
    bands = [(90, "excellent"), (75, "good"), (60, "average"), (40, "below_average")]
    return _at_least(accuracy, bands, "needs_improvement")


def performance_level(accuracy: Number) -> str:
    bands = [(90, "excellent"), (75, "good"), (60, "satisfactory"), (40, "needs_improvement")]
    return _at_least(accuracy, bands, "poor")


def participation_level(rate: Number) -> str:
    return _at_least(rate, [(90, "outstanding"), (75, "strong"), (50, "moderate"), (25, "weak")], "very_low")


def usage_frequency(sessions: int) -> str:
    return _at_least(sessions, [(20, "high"), (10, "moderate"), (5, "low")], "minimal")


def reach(classrooms: int) -> str:
    return _at_least(classrooms, [(10, "wide"), (5, "moderate"), (2, "limited")], "single_classroom")


def difficulty_level(accuracy: Number) -> str:
    bands = [(90, "too_easy"), (70, "appropriate"), (50, "challenging")]
    return _at_least(accuracy, bands, "too_difficult")


def difficulty_indicator(timed_out_and_skipped: Number) -> str:
    bands = [(30, "high_difficulty"), (15, "moderate_difficulty")]
    return _at_least(timed_out_and_skipped, bands, "appropriate_difficulty")


def question_effectiveness(accuracy: Number, attempts: int) -> str:
    """Few attempts are known to be few, whether they can be graded or not."""
    if attempts < 5:
        return "needs_more_data"
    if accuracy is None:
        return UNKNOWN
    if accuracy >= 70 and attempts >= 10:
        return "highly_effective"
    return "effective" if accuracy >= 50 else "needs_improvement"


def speed_rating(seconds: Number) -> str:
    return _at_most(seconds, [(15, "fast"), (30, "moderate")], "slow")


def response_quality(seconds: Number) -> str:
    return _at_most(seconds, [(10, "quick"), (30, "moderate"), (60, "slow")], "very_slow")


def response_speed(seconds: Number) -> str:
    bands = [(10, "very_fast"), (30, "fast"), (60, "moderate"), (120, "slow")]
    return _at_most(seconds, bands, "very_slow")


def classroom_activity_level(recent_sessions: int, sessions: int) -> str:
    if sessions == 0:
        return "no_activity"
    if recent_sessions == 0:
        return "inactive"
    share = Fraction(HUNDRED * recent_sessions, sessions)
    return _at_least(share, [(50, "high"), (25, "moderate")], "low")


def engagement_status(active_students: int, students: int) -> str:
    if students == 0:
        return "no_students"
    if active_students == 0:
        return "no_engagement"
    share = Fraction(HUNDRED * active_students, students)
    bands = [(80, "highly_engaged"), (60, "well_engaged"), (40, "moderately_engaged")]
    return _at_least(share, bands, "low_engagement")


def growth_trend(sessions_in_7_days: int) -> str:
    return _at_least(sessions_in_7_days, [(5, "accelerating"), (3, "growing"), (1, "steady")], "stagnant")


def engagement_quality(answers: int, participants: int) -> str:
    if participants == 0:
        return "no_engagement"
    bands = [(20, "deep"), (10, "good"), (5, "moderate"), (1, "light")]
    return _at_least(Fraction(answers, participants), bands, "minimal") + "_engagement"


def student_activity_level(sessions: int) -> str:
    bands = [(10, "highly_active"), (5, "active"), (2, "moderately_active"), (1, "minimally_active")]
    return _at_least(sessions, bands, "inactive")


def engagement_consistency(quizzes: int, sessions: int) -> str:
    if sessions == 0:
        return "no_data"
    bands = [(80, "very_consistent"), (60, "consistent"), (40, "somewhat_consistent"), (20, "inconsistent")]
    return _at_least(Fraction(HUNDRED * quizzes, sessions), bands, "very_inconsistent")


def accuracy_trend(earlier: Number, later: Number) -> str:
    return _trend(earlier, later, "improving", "declining")


def engagement_trend(earlier: Number, later: Number) -> str:
    return _trend(earlier, later, "increasing", "decreasing")


def _trend(earlier: Number, later: Number, up: str, down: str) -> str:
    if earlier is None or later is None:
        return "insufficient_data"
    if later - earlier > TREND_POINTS:
        return up
    return down if earlier - later > TREND_POINTS else "stable"
