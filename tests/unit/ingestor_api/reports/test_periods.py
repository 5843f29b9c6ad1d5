"""Ranges of time are whole numbers of seconds, minutes, hours or days, up to ten years."""

from datetime import timedelta

import pytest

from ingestor_api.reports.periods import LONGEST, length_of, written_length


@pytest.mark.parametrize(
    ("written", "length"),
    [
        ("90s", timedelta(seconds=90)),
        ("60m", timedelta(minutes=60)),
        ("24h", timedelta(hours=24)),
        ("7d", timedelta(days=7)),
        ("3660d", LONGEST),
    ],
)
def test_a_range_is_a_number_and_a_unit(written: str, length: timedelta) -> None:
    assert length_of(written) == length
    assert written_length(written) == written


@pytest.mark.parametrize(
    "written",
    ["", "7", "d", "0d", "-7d", "7 d", "7w", "1.5h", "7d7d", "3661d", "999999999d", "9999999999s", "٣d", "7d; DROP"],
)
def test_anything_else_is_refused_with_what_is_allowed(written: str) -> None:
    with pytest.raises(ValueError, match="90s, 60m, 24h, 7d"):
        length_of(written)
