"""Futures that all have the same time to finish, watched by one timer rather than by one each.

Time during which the event loop stood still does not count: what came meanwhile has not been looked at yet, and says
nothing of whom it came from.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Final

TICK_SECONDS: Final = 0.05
STANDSTILL_SECONDS: Final = 0.2
"""A timer that is this late was held up. One that is a little late is usual under load, and has to count: else a store
that hangs would be noticed the later the more there is to do."""


class Deadlines:
    """Fails each watched future with `error()` unless it is done within `seconds`, to the nearest tick.

    `on_expired` is told how many failed so.
    """

    def __init__(
        self, seconds: float, error: Callable[[], Exception], on_expired: Callable[[int], None] = lambda count: None
    ) -> None:
        self._seconds = seconds
        self._error = error
        self._on_expired = on_expired
        self._loop = asyncio.get_running_loop()
        self._watched: deque[tuple[float, asyncio.Future[Any]]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._tick_due = 0.0
        self._stood_still = 0.0

    def watch(self, future: asyncio.Future[Any]) -> None:
        """Start `future`'s time."""
        self._watched.append((self.clock(), future))
        if self._timer is None:
            self._set_timer()

    def clock(self) -> float:
        """Seconds, without those during which the loop stood still while something was watched."""
        now = time.monotonic()
        late = now - self._tick_due
        if self._timer is not None and late > STANDSTILL_SECONDS:
            self._stood_still += late
            self._tick_due = now
        return now - self._stood_still

    def fail_all(self) -> None:
        """Do not wait any longer for those watched now."""
        watched, self._watched = self._watched, deque()
        for _, future in watched:
            self._fail(future)

    async def wait(self) -> None:
        """Return once every watched future is done, one way or the other."""
        while self._watched:
            await asyncio.wait([future for _, future in self._watched])
            self._drop_done()

    def _set_timer(self) -> None:
        self._tick_due = time.monotonic() + TICK_SECONDS
        self._timer = self._loop.call_later(TICK_SECONDS, self._tick)

    def _tick(self) -> None:
        self._drop_done()
        until = self.clock() - self._seconds
        expired = 0
        while self._watched and self._watched[0][0] <= until:
            expired += self._fail(self._watched.popleft()[1])
        self._timer = None
        if self._watched:
            self._set_timer()
        if expired:
            self._on_expired(expired)

    def _drop_done(self) -> None:
        while self._watched and self._watched[0][1].done():
            self._watched.popleft()

    def _fail(self, future: asyncio.Future[Any]) -> bool:
        if future.done():
            return False
        future.set_exception(self._error())
        return True
