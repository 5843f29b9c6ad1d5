"""Waiting for what was promised, instead of for a time."""

import time
from collections.abc import Callable
from typing import TypeVar

_Value = TypeVar("_Value")


def eventually(look: Callable[[], _Value], seconds: float, what: str, every: float = 0.5) -> _Value:
    """The first true value that `look` gives; an AssertionError counts as not yet.

    Raises AssertionError with what was seen last once the time is over.
    """
    end = time.monotonic() + seconds
    while True:
        try:
            value = look()
            seen: object = value
            if value:
                return value
        except AssertionError as error:
            seen = error
        assert time.monotonic() < end, f"{what} did not come true within {seconds:g} s; last seen: {seen}"
        time.sleep(every)
