"""A trend is a difference of more than 5 points between two halves that both have data."""

from fractions import Fraction

import pytest

from ingestor_api.reports.trends import accuracy_trend, accuracy_trend_of, engagement_trend

JUST = Fraction(1, 1000)


def test_a_difference_of_5_points_is_stable_and_more_is_a_trend() -> None:
    half = Fraction(50)
    assert accuracy_trend(half, Fraction(55)) == "stable"
    assert accuracy_trend(half, 55 + JUST) == "improving"
    assert accuracy_trend(half, Fraction(45)) == "stable"
    assert accuracy_trend(half, 45 - JUST) == "declining"
    assert engagement_trend(half, Fraction(60)) == "increasing"
    assert engagement_trend(half, Fraction(40)) == "decreasing"


def test_a_half_without_data_is_insufficient() -> None:
    assert accuracy_trend(None, Fraction(50)) == "insufficient_data"
    assert engagement_trend(Fraction(50), None) == "insufficient_data"


@pytest.mark.parametrize(
    ("graded", "correct", "trend"),
    [
        ((), (), "insufficient_data"),
        ((5,), (5,), "insufficient_data"),
        ((2, 2), (0, 2), "improving"),
        # The middle one of three is in the later half: 50 % against 100 %.
        ((2, 2, 2), (1, 2, 2), "improving"),
        # Over all answers of a half, not over its sessions: 9 of 10 against 9 of 10.
        ((9, 1, 5, 5), (9, 0, 5, 4), "stable"),
    ],
)
def test_the_later_half_of_the_sessions_is_compared_with_the_earlier_half(
    graded: tuple[int, ...], correct: tuple[int, ...], trend: str
) -> None:
    assert accuracy_trend_of(graded, correct) == trend
