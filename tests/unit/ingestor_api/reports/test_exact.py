"""Numbers are exact until they are shown: 2 decimals, half away from zero; unknown stays unknown."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestor_api.reports.exact import mean, mean_seconds, percent, ratio, seconds_text, shown


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        (Fraction(1, 3), 0.33),
        (Fraction(2, 3), 0.67),
        (Fraction(5, 1000), 0.01),
        (Fraction(-5, 1000), -0.01),
        # In binary floating point this is a little less than a half, and would be rounded down.
        (Fraction(1005, 1000), 1.01),
        (Fraction(0), 0.0),
        (Fraction(100), 100.0),
    ],
)
def test_a_number_is_shown_with_2_decimals_half_away_from_zero(value: Fraction, printed: float) -> None:
    assert shown(value) == printed


@given(st.decimals(min_value=-1000, max_value=1000, places=5))
def test_showing_agrees_with_exact_decimal_arithmetic(value: Decimal) -> None:
    assert shown(Fraction(value)) == float(value.quantize(Decimal("0.01"), ROUND_HALF_UP))


def test_what_is_unknown_is_shown_as_null() -> None:
    assert shown(None) is None
    assert seconds_text(None) is None


def test_a_ratio_without_denominator_is_unknown_and_one_without_parts_is_zero() -> None:
    assert (ratio(1, 0), percent(0, 0), mean_seconds(0, 0)) == (None, None, None)
    assert [ratio(0, 30), percent(0, 30), mean_seconds(0, 2)] == [Fraction(0)] * 3


def test_a_mean_skips_what_is_unknown() -> None:
    assert mean([Fraction(1), None, Fraction(2)]) == Fraction(3, 2)
    assert mean([None, None]) is None
    assert mean([]) is None


def test_seconds_stand_as_text_beside_the_number() -> None:
    assert seconds_text(mean_seconds(37_200, 3)) == "12.40s"
