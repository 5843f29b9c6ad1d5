"""Whole numbers in parameters."""

import re
from typing import Final

from pydantic import BeforeValidator

_DIGITS: Final = re.compile("0|[1-9][0-9]*")


def _require_digits(value: object) -> object:
    # pydantic, like Python's int(), would also take "1_0", "+5", " 5", "05" and "5.0".
    if isinstance(value, str) and not _DIGITS.fullmatch(value):
        raise ValueError("must be a whole number of digits alone, without leading zeros")
    return value


DIGITS_ALONE: Final = BeforeValidator(_require_digits)
"""Of an integer in a query string. Behind its bounds, which the OpenAPI document would not know otherwise."""
