"""Whether the service is stuck: each of its parts says what it is busy with, and the probe looks at the clock."""

import threading
import time
from collections.abc import Callable
from typing import Final

STUCK_SECONDS: Final = 90.0
"""Longer than any single step takes by its own time limits: a statement (30 s), a rebalance, a Kafka request."""


class Progress:
    """Written by the service's threads, read by the probe's. A part that is idle is not watched."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._beats: dict[str, float] = {}

    def beat(self, part: str) -> None:
        """`part` is alive and goes on working."""
        with self._lock:
            self._beats[part] = self._clock()

    def idle(self, part: str) -> None:
        """`part` waits for work, for as long as it takes."""
        with self._lock:
            self._beats.pop(part, None)

    def stuck(self) -> str | None:
        """A sentence that names the parts without progress, or None."""
        now = self._clock()
        with self._lock:
            late = {part: now - beat for part, beat in self._beats.items() if now - beat > STUCK_SECONDS}
        if not late:
            return None
        return "; ".join(f"no progress of {part} for {seconds:.0f} s" for part, seconds in late.items())
