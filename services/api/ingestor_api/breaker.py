"""The circuit breaker around Kafka, as a state machine without clients, threads or timers of its own."""

from collections.abc import Callable
from enum import Enum
from typing import Final

FAILURES_TO_OPEN: Final = 3
FIRST_PROBE_SECONDS: Final = 0.25
LONGEST_PROBE_SECONDS: Final = 4.0


class State(Enum):
    """closed: Kafka is used. open: it is not. half-open: a few events try it."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class Breaker:
    """Opens after repeated failures, so that later requests do not wait; closes once a trial got through.

    It starts open with a probe due: Kafka is used once it has answered, so a service may start before it. That first
    answer closes it without trials: nothing has failed yet, and events that arrive together need not go elsewhere.
    `trials` bounds the events that may try Kafka at once while half-open. `clock` gives seconds.
    """

    def __init__(self, clock: Callable[[], float], trials: int) -> None:
        self._clock = clock
        self._trials = trials
        self._trying = 0
        self._failures = 0
        self._probe_seconds = FIRST_PROBE_SECONDS
        self._probe_at = clock()
        self._has_failed = False
        self.state = State.OPEN

    def permits(self) -> bool:
        """Whether an event may go to Kafka now. While half-open each yes takes a trial, which its outcome ends."""
        if self.state is State.CLOSED:
            return True
        if self.state is State.OPEN or self._trying >= self._trials:
            return False
        self._trying += 1
        return True

    def succeeded(self) -> None:
        """A record was acknowledged."""
        self._failures = 0
        if self.state is State.HALF_OPEN:
            self.state = State.CLOSED
            self._probe_seconds = FIRST_PROBE_SECONDS

    def failed(self, count: int = 1) -> None:
        """`count` records were not acknowledged in time."""
        self._failures += count
        if self.state is State.HALF_OPEN:
            self._probe_seconds = min(self._probe_seconds * 2, LONGEST_PROBE_SECONDS)
            self._open()
        elif self.state is State.CLOSED and self._failures >= FAILURES_TO_OPEN:
            self._open()

    def inconclusive(self, count: int = 1) -> None:
        """What became of `count` records says nothing of Kafka: it took none of them for what they are, or we stood
        still.

        While half-open their trials are given back, else no other event could try any more.
        """
        self._trying = max(0, self._trying - count)

    def trip(self) -> None:
        """Kafka seems gone: open without waiting for failures, and look at once whether it really is."""
        if self.state is not State.OPEN:
            self._open()
            self._probe_at = self._clock()

    def probe_due(self) -> bool:
        """Whether somebody should look if Kafka answers."""
        return self.state is State.OPEN and self._clock() >= self._probe_at

    def probed(self, answered: bool) -> None:
        """What the look gave: from here on trials are allowed, or the next look waits its turn."""
        if self.state is not State.OPEN:
            return
        if answered:
            self.state = State.HALF_OPEN if self._has_failed else State.CLOSED
            self._trying = 0
        else:
            self._probe_at = self._clock() + self._probe_seconds

    def _open(self) -> None:
        self.state = State.OPEN
        self._has_failed = True
        self._failures = 0
        self._probe_at = self._clock() + self._probe_seconds
