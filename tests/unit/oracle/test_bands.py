"""A word holds from its threshold on."""

from collections.abc import Callable
from fractions import Fraction

import pytest
from oracle import bands

Number = Fraction | int | None


@pytest.mark.parametrize(
    ("band", "words"),
    [
        (bands.engagement_level, {90: "excellent", 89: "good", 75: "good", 60: "moderate", 59: "low"}),
        (bands.retention_level, {85: "excellent", 84: "good", 70: "good", 50: "moderate", 49: "concerning"}),
        (
            bands.performance_rating,
            {90: "excellent", 75: "good", 60: "average", 40: "below_average", 39: "needs_improvement"},
        ),
        (
            bands.performance_level,
            {90: "excellent", 75: "good", 60: "satisfactory", 40: "needs_improvement", 39: "poor"},
        ),
        (bands.participation_level, {90: "outstanding", 75: "strong", 50: "moderate", 25: "weak", 24: "very_low"}),
        (bands.difficulty_level, {90: "too_easy", 70: "appropriate", 50: "challenging", 49: "too_difficult"}),
        (bands.difficulty_indicator, {30: "high_difficulty", 15: "moderate_difficulty", 14: "appropriate_difficulty"}),
        (bands.speed_rating, {15: "fast", 16: "moderate", 30: "moderate", 31: "slow"}),
        (bands.response_quality, {10: "quick", 30: "moderate", 60: "slow", 61: "very_slow"}),
        (bands.response_speed, {10: "very_fast", 30: "fast", 60: "moderate", 120: "slow", 121: "very_slow"}),
    ],
)
def test_words_of_a_number(band: Callable[[Number], str], words: dict[int, str]) -> None:
    assert {value: band(value) for value in words} == words
    assert band(None) == "unknown"


@pytest.mark.parametrize(
    ("band", "words"),
    [
        (bands.usage_frequency, {20: "high", 10: "moderate", 5: "low", 4: "minimal"}),
        (bands.reach, {10: "wide", 5: "moderate", 2: "limited", 1: "single_classroom"}),
        (bands.growth_trend, {5: "accelerating", 3: "growing", 1: "steady", 0: "stagnant"}),
        (
            bands.student_activity_level,
            {10: "highly_active", 5: "active", 2: "moderately_active", 1: "minimally_active", 0: "inactive"},
        ),
    ],
)
def test_words_of_a_count(band: Callable[[int], str], words: dict[int, str]) -> None:
    assert {value: band(value) for value in words} == words


def test_a_question_with_few_attempts_needs_more_data_graded_or_not() -> None:
    assert bands.question_effectiveness(Fraction(100), 4) == "needs_more_data"
    assert bands.question_effectiveness(None, 0) == "needs_more_data"
    assert bands.question_effectiveness(None, 5) == "unknown"
    assert bands.question_effectiveness(Fraction(70), 10) == "highly_effective"
    assert bands.question_effectiveness(Fraction(70), 9) == "effective"
    assert bands.question_effectiveness(Fraction(49), 10) == "needs_improvement"


def test_words_of_a_share() -> None:
    assert [bands.classroom_activity_level(recent, 8) for recent in (4, 2, 1, 0)] == [
        "high",
        "moderate",
        "low",
        "inactive",
    ]
    assert bands.classroom_activity_level(0, 0) == "no_activity"
    assert [bands.engagement_status(active, 5) for active in (4, 3, 2, 1, 0)] == [
        "highly_engaged",
        "well_engaged",
        "moderately_engaged",
        "low_engagement",
        "no_engagement",
    ]
    assert bands.engagement_status(0, 0) == "no_students"
    assert [bands.engagement_quality(answers, 2) for answers in (40, 20, 10, 2, 1)] == [
        "deep_engagement",
        "good_engagement",
        "moderate_engagement",
        "light_engagement",
        "minimal_engagement",
    ]
    assert bands.engagement_quality(3, 0) == "no_engagement"
    assert [bands.engagement_consistency(quizzes, 5) for quizzes in (4, 3, 2, 1)] == [
        "very_consistent",
        "consistent",
        "somewhat_consistent",
        "inconsistent",
    ]
    assert bands.engagement_consistency(0, 0) == "no_data"
    assert bands.engagement_consistency(1, 6) == "very_inconsistent"


@pytest.mark.parametrize(
    ("earlier", "later", "accuracy", "engagement"),
    [
        (50, Fraction(5501, 100), "improving", "increasing"),
        (50, 55, "stable", "stable"),
        (50, 45, "stable", "stable"),
        (50, Fraction(4499, 100), "declining", "decreasing"),
        (None, 50, "insufficient_data", "insufficient_data"),
        (50, None, "insufficient_data", "insufficient_data"),
    ],
)
def test_a_trend_needs_more_than_five_points(earlier: Number, later: Number, accuracy: str, engagement: str) -> None:
    assert bands.accuracy_trend(earlier, later) == accuracy
    assert bands.engagement_trend(earlier, later) == engagement
