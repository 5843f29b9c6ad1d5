"""Trends: a later half, or period, against the one before it."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from ingestor_api.reports.exact import Exact, percent

STABLE_POINTS: Final = 5
"""A difference of up to this many points is no trend."""


def accuracy_trend(earlier: Exact, later: Exact) -> str:
    """Whether accuracy is improving, declining or stable."""
    return _trend(earlier, later, up="improving", down="declining")


def engagement_trend(earlier: Exact, later: Exact) -> str:
    """Whether engagement is increasing, decreasing or stable."""
    return _trend(earlier, later, up="increasing", down="decreasing")


def accuracy_trend_of(graded: Sequence[int], correct: Sequence[int]) -> str:
    """The trend over sessions in order of their start, each with its graded and its correct answers.

    Of an odd number, the middle session goes to the later half. Accuracy is over all answers of a half.
    """
    middle = len(graded) // 2
    return accuracy_trend(
        percent(sum(correct[:middle]), sum(graded[:middle])), percent(sum(correct[middle:]), sum(graded[middle:]))
    )


def _trend(earlier: Exact, later: Exact, *, up: str, down: str) -> str:
    if earlier is None or later is None:
        return "insufficient_data"
    difference: Fraction = later - earlier
    if abs(difference) <= STABLE_POINTS:
        return "stable"
    return up if difference > 0 else down
