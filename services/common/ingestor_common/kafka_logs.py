"""librdkafka's own log lines, without their repetitions."""

import logging
import time
from collections.abc import Callable
from typing import Final

_QUIET_SECONDS: Final = 30.0


class Repetitions(logging.Filter):
    """Lets a line through once in 30 s: while no broker answers, each failed connection, many a second, is one."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock: Final = clock
        self._said: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is news."""
        # What follows the parenthesis is how long a connection lived.
        text = record.getMessage().split("(", 1)[0]
        now = self._clock()
        news = now - self._said.get(text, -_QUIET_SECONDS) >= _QUIET_SECONDS
        if news:
            self._said[text] = now
        return news


def logger() -> logging.Logger:
    """The logger to give to a client."""
    found = logging.getLogger("kafka")
    if not found.filters:
        found.addFilter(Repetitions())
    return found
