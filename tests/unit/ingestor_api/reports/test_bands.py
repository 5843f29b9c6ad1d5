"""Every number has its word: the thresholds of the HTTP contract belong to the better word."""

from collections.abc import Callable
from fractions import Fraction

import pytest

from ingestor_api.reports import bands

JUST = Fraction(1, 1000)

RISING: dict[str, tuple[bands.Rising, list[tuple[int, str]], str]] = {
    "engagement_level": (bands.engagement_level, [(90, "excellent"), (75, "good"), (60, "moderate")], "low"),
    "retention_level": (bands.retention_level, [(85, "excellent"), (70, "good"), (50, "moderate")], "concerning"),
    "performance_rating": (
        bands.performance_rating,
        [(90, "excellent"), (75, "good"), (60, "average"), (40, "below_average")],
        "needs_improvement",
    ),
    "performance_level": (
        bands.performance_level,
        [(90, "excellent"), (75, "good"), (60, "satisfactory"), (40, "needs_improvement")],
        "poor",
    ),
    "participation_level": (
        bands.participation_level,
        [(90, "outstanding"), (75, "strong"), (50, "moderate"), (25, "weak")],
        "very_low",
    ),
    "usage_frequency": (bands.usage_frequency, [(20, "high"), (10, "moderate"), (5, "low")], "minimal"),
    "reach": (bands.reach, [(10, "wide"), (5, "moderate"), (2, "limited")], "single_classroom"),
    "difficulty": (
        bands.difficulty,
        [(90, "too_easy"), (70, "appropriate"), (50, "challenging")],
        "too_difficult",
    ),
    "difficulty_indicator": (
        bands.difficulty_indicator,
        [(30, "high_difficulty"), (15, "moderate_difficulty")],
        "appropriate_difficulty",
    ),
    "growth_trend": (bands.growth_trend, [(5, "accelerating"), (3, "growing"), (1, "steady")], "stagnant"),
    "student_activity_level": (
        bands.student_activity_level,
        [(10, "highly_active"), (5, "active"), (2, "moderately_active"), (1, "minimally_active")],
        "inactive",
    ),
}
FALLING: dict[str, tuple[bands.Falling, list[tuple[int, str]], str]] = {
    "speed_rating": (bands.speed_rating, [(15, "fast"), (30, "moderate")], "slow"),
    "response_quality": (bands.response_quality, [(10, "quick"), (30, "moderate"), (60, "slow")], "very_slow"),
    "response_speed": (
        bands.response_speed,
        [(10, "very_fast"), (30, "fast"), (60, "moderate"), (120, "slow")],
        "very_slow",
    ),
}


@pytest.mark.parametrize("name", RISING)
def test_a_value_at_a_threshold_has_the_better_word_and_one_below_the_next(name: str) -> None:
    band, steps, otherwise = RISING[name]
    words = [word for _, word in steps] + [otherwise]
    for (threshold, word), below in zip(steps, words[1:], strict=True):
        assert band(Fraction(threshold)) == word
        assert band(threshold - JUST) == below


@pytest.mark.parametrize("name", FALLING)
def test_a_time_at_a_limit_has_the_faster_word_and_one_above_the_next(name: str) -> None:
    band, steps, otherwise = FALLING[name]
    words = [word for _, word in steps] + [otherwise]
    for (limit, word), above in zip(steps, words[1:], strict=True):
        assert band(Fraction(limit)) == word
        assert band(limit + JUST) == above


@pytest.mark.parametrize("name", [*RISING, *FALLING])
def test_an_unknown_value_has_the_word_unknown(name: str) -> None:
    band = (RISING | FALLING)[name][0]
    assert band(None) == "unknown"


Shared = Callable[[int, int], str]


@pytest.mark.parametrize(
    ("band", "part", "whole", "word"),
    [
        (bands.classroom_activity_level, 0, 0, "no_activity"),
        (bands.classroom_activity_level, 0, 9, "inactive"),
        (bands.classroom_activity_level, 1, 9, "low"),
        (bands.classroom_activity_level, 1, 4, "moderate"),
        (bands.classroom_activity_level, 1, 2, "high"),
        (bands.engagement_status, 0, 0, "no_students"),
        (bands.engagement_status, 0, 30, "no_engagement"),
        (bands.engagement_status, 11, 30, "low_engagement"),
        (bands.engagement_status, 12, 30, "moderately_engaged"),
        (bands.engagement_status, 18, 30, "well_engaged"),
        (bands.engagement_status, 24, 30, "highly_engaged"),
        (bands.engagement_quality, 0, 0, "no_engagement"),
        (bands.engagement_quality, 1, 2, "minimal_engagement"),
        (bands.engagement_quality, 2, 2, "light_engagement"),
        (bands.engagement_quality, 10, 2, "moderate_engagement"),
        (bands.engagement_quality, 20, 2, "good_engagement"),
        (bands.engagement_quality, 40, 2, "deep_engagement"),
        (bands.engagement_consistency, 0, 0, "no_data"),
        (bands.engagement_consistency, 1, 6, "very_inconsistent"),
        (bands.engagement_consistency, 1, 5, "inconsistent"),
        (bands.engagement_consistency, 2, 5, "somewhat_consistent"),
        (bands.engagement_consistency, 3, 5, "consistent"),
        (bands.engagement_consistency, 4, 5, "very_consistent"),
    ],
)
def test_a_share_has_its_word_and_nothing_to_share_has_one_of_its_own(
    band: Shared, part: int, whole: int, word: str
) -> None:
    assert band(part, whole) == word


@pytest.mark.parametrize(
    ("accuracy", "attempts", "word"),
    [
        (Fraction(100), 4, "needs_more_data"),
        (None, 4, "needs_more_data"),
        (None, 5, "unknown"),
        (Fraction(50), 5, "effective"),
        (50 - JUST, 5, "needs_improvement"),
        (Fraction(100), 9, "effective"),
        (Fraction(70), 10, "highly_effective"),
        (70 - JUST, 10, "effective"),
    ],
)
def test_a_question_is_judged_by_accuracy_once_it_has_attempts_enough(
    accuracy: Fraction | None, attempts: int, word: str
) -> None:
    assert bands.question_effectiveness(accuracy, attempts) == word
