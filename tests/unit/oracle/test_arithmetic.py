"""Numbers are exact until they are shown."""

from fractions import Fraction

import pytest
from oracle.arithmetic import duration_text, mean, median, percent, percentile_95, seconds_text, shown


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (Fraction(1, 200), 0.01),
        (Fraction(12_345, 1000), 12.35),
        (Fraction(1005, 1000), 1.01),  # as a binary float 1.005 is less, and would give 1.0
        (Fraction(-1, 200), -0.01),
        (Fraction(200, 3), 66.67),
        (None, None),
    ],
)
def test_a_half_is_rounded_away_from_zero(value: Fraction | None, number: float | None) -> None:
    assert shown(value) == number


def test_a_ratio_of_nothing_is_unknown_and_a_mean_skips_the_unknown() -> None:
    assert percent(0, 0) is None
    assert mean([None, 1, 2]) == Fraction(3, 2)
    assert mean([None]) is None


def test_the_median_of_an_even_number_is_between_the_middle_two() -> None:
    assert median([4, 1, 3, 2]) == Fraction(5, 2)
    assert median([3, 1, 2]) == 2


def test_the_95th_percentile_is_one_of_the_values() -> None:
    assert percentile_95(range(1, 21)) == 19
    assert percentile_95(range(1, 22)) == 20
    assert percentile_95([7]) == 7


def test_texts_beside_seconds() -> None:
    assert seconds_text(Fraction(124, 10)) == "12.40s"
    assert duration_text(Fraction(90_061_999, 1000)) == "25h 1m 1s"
