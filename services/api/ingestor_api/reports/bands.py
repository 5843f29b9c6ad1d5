"""The words that stand for numbers. An unknown number has the word `unknown`."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from ingestor_api.reports.exact import Exact, percent, ratio

UNKNOWN: Final = "unknown"


@dataclass(frozen=True, slots=True)
class Rising:
    """Words for values that are better the higher they are: the first whose threshold is reached, from the highest."""

    steps: tuple[tuple[int, str], ...]
    otherwise: str

    def __call__(self, value: Exact | int) -> str:
        if value is None:
            return UNKNOWN
        return next((word for threshold, word in self.steps if value >= threshold), self.otherwise)

    @property
    def words(self) -> tuple[str, ...]:
        return (*(word for _, word in self.steps), self.otherwise)

    def sql(self, value: str) -> str:
        """The word for the value of the SQL expression `value`."""
        steps = " ".join(f"WHEN {value} >= {threshold} THEN '{word}'" for threshold, word in self.steps)
        return f"CASE WHEN {value} IS NULL THEN '{UNKNOWN}' {steps} ELSE '{self.otherwise}' END"


@dataclass(frozen=True, slots=True)
class Falling:
    """Words for times, the shorter the better: the first whose limit is kept, from the shortest."""

    steps: tuple[tuple[int, str], ...]
    otherwise: str

    def __call__(self, value: Exact | int) -> str:
        if value is None:
            return UNKNOWN
        return next((word for limit, word in self.steps if value <= limit), self.otherwise)

    @property
    def words(self) -> tuple[str, ...]:
        return (*(word for _, word in self.steps), self.otherwise)


engagement_level: Final = Rising(((90, "excellent"), (75, "good"), (60, "moderate")), "low")
retention_level: Final = Rising(((85, "excellent"), (70, "good"), (50, "moderate")), "concerning")
performance_rating: Final = Rising(
    ((90, "excellent"), (75, "good"), (60, "average"), (40, "below_average")), "needs_improvement"
)
performance_level: Final = Rising(
    ((90, "excellent"), (75, "good"), (60, "satisfactory"), (40, "needs_improvement")), "poor"
)
participation_level: Final = Rising(((90, "outstanding"), (75, "strong"), (50, "moderate"), (25, "weak")), "very_low")
usage_frequency: Final = Rising(((20, "high"), (10, "moderate"), (5, "low")), "minimal")
reach: Final = Rising(((10, "wide"), (5, "moderate"), (2, "limited")), "single_classroom")
difficulty: Final = Rising(((90, "too_easy"), (70, "appropriate"), (50, "challenging")), "too_difficult")
difficulty_indicator: Final = Rising(((30, "high_difficulty"), (15, "moderate_difficulty")), "appropriate_difficulty")
growth_trend: Final = Rising(((5, "accelerating"), (3, "growing"), (1, "steady")), "stagnant")
student_activity_level: Final = Rising(
    ((10, "highly_active"), (5, "active"), (2, "moderately_active"), (1, "minimally_active")), "inactive"
)
speed_rating: Final = Falling(((15, "fast"), (30, "moderate")), "slow")
response_quality: Final = Falling(((10, "quick"), (30, "moderate"), (60, "slow")), "very_slow")
response_speed: Final = Falling(((10, "very_fast"), (30, "fast"), (60, "moderate"), (120, "slow")), "very_slow")

_activity: Final = Rising(((50, "high"), (25, "moderate")), "low")
_engagement_status: Final = Rising(
    ((80, "highly_engaged"), (60, "well_engaged"), (40, "moderately_engaged")), "low_engagement"
)
_engagement_quality: Final = Rising(
    (
        (20, "deep_engagement"),
        (10, "good_engagement"),
        (5, "moderate_engagement"),
        (1, "light_engagement"),
    ),
    "minimal_engagement",
)
_consistency: Final = Rising(
    ((80, "very_consistent"), (60, "consistent"), (40, "somewhat_consistent"), (20, "inconsistent")),
    "very_inconsistent",
)


def classroom_activity_level(recent: int, total: int) -> str:
    """By the share of a classroom's sessions that are recent."""
    return _share(recent, total, _activity, none="inactive", nothing="no_activity")


def engagement_status(active: int, students: int) -> str:
    """By the share of a classroom's students who are active."""
    return _share(active, students, _engagement_status, none="no_engagement", nothing="no_students")


def _share(part: int, whole: int, band: Callable[[Exact], str], *, none: str, nothing: str) -> str:
    if whole == 0:
        return nothing
    return none if part == 0 else band(percent(part, whole))


def engagement_quality(answers: int, participants: int) -> str:
    """By the answers of a participant."""
    return "no_engagement" if participants == 0 else _engagement_quality(ratio(answers, participants))


def engagement_consistency(quizzes: int, sessions: int) -> str:
    """By quizzes a session."""
    return "no_data" if sessions == 0 else _consistency(percent(quizzes, sessions))


def question_effectiveness(accuracy: Fraction | None, attempts: int) -> str:
    """By accuracy and attempts; a few attempts are too few whether or not they could be graded."""
    if attempts < 5:
        return "needs_more_data"
    if accuracy is None:
        return UNKNOWN
    if accuracy >= 70 and attempts >= 10:
        return "highly_effective"
    return "effective" if accuracy >= 50 else "needs_improvement"
