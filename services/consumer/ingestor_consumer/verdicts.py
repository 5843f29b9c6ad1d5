"""What to do about a batch that was not stored: a decision with no client in it."""

from enum import Enum, auto
from typing import Final

import asyncpg

from ingestor_common.store import errors

TIMEOUTS_TO_SUSPECT: Final = 3
"""Of a single row."""


class Verdict(Enum):
    """WAIT: it passes by itself, try again. SPLIT: something in it is at fault. SHRINK: it is too much at once. PROVE:
    one row is left; see whether the database takes others, and try once more. SET_ASIDE: it does, and it failed again.
    """

    WAIT = auto()
    SPLIT = auto()
    SHRINK = auto()
    PROVE = auto()
    SET_ASIDE = auto()


class Case:
    """The failures of one batch, or part of one. `is_slow` where it is a part of what timed out."""

    def __init__(self, is_slow: bool) -> None:
        self.is_slow = is_slow
        self._timeouts = 0
        self._is_proved = False

    def judge(self, error: Exception, events: int, records: int) -> Verdict:
        """What follows from one more failure; `events` is how many of the `records` are events."""
        if is_timeout(error):
            self._timeouts += 1
            self.is_slow = True
            if records > 1:
                return Verdict.SHRINK
            is_suspect = self._timeouts >= TIMEOUTS_TO_SUSPECT
        elif errors.is_transient(error):
            return Verdict.WAIT
        elif events > 1:
            return Verdict.SPLIT
        else:
            is_suspect = True
        # Without events it is the books that cannot be kept, which no splitting mends.
        if not events or not is_suspect:
            return Verdict.WAIT
        return Verdict.SET_ASIDE if self._is_proved else Verdict.PROVE

    def prove(self, takes_others: bool) -> None:
        """Whether the database has taken another row meanwhile."""
        self._is_proved = takes_others


def is_timeout(error: Exception) -> bool:
    """Whether it is the time that storing took: ours around the transaction, or the server's around a statement."""
    return isinstance(error, (TimeoutError, asyncpg.QueryCanceledError))
