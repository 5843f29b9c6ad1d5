"""Waiting for what happens in other processes and threads."""

import time
from collections.abc import Callable

_SECONDS = 40.0
_GLANCE_SECONDS = 0.05


def wait_until(what: str, holds: Callable[[], bool]) -> None:
    """Return once `holds()`; fails, and says `what` was waited for, after 40 s."""
    limit = time.monotonic() + _SECONDS
    while not holds():
        assert time.monotonic() < limit, f"not {what} within {_SECONDS:g} s"
        time.sleep(_GLANCE_SECONDS)
