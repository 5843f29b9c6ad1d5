"""Who waits for a password to be hashed, and in which order. The reasons: docs/adr/0054-accounts.md."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from ingestor_api.errors import Problem, throttled

WAITING: Final = 64
"""Of each kind of caller: known ones and strangers."""
WAITING_OF_ONE: Final = 16
WAIT_SECONDS: Final = 10.0
KNOWN_IN_A_ROW: Final = 3
"""Then one stranger, so that somebody who hammers at an account of his own keeps no new owner out."""

_Waiter = asyncio.Future[None]


@dataclass(frozen=True, slots=True)
class Party:
    """Who waits as one: a network of strangers, or an account with a network or token that is known to be its own."""

    key: bytes
    is_known: bool


class HashingQueue:
    """One turn at a time: known parties first, and the parties of a kind in rotation."""

    def __init__(self, wait_seconds: float = WAIT_SECONDS) -> None:
        self._wait_seconds = wait_seconds
        self._known = _Rotation()
        self._strangers = _Rotation()
        self._known_in_a_row = 0
        self._busy = False

    @asynccontextmanager
    async def turn(self, party: Party) -> AsyncIterator[None]:
        """Holds a turn. Raises Problem 429 where there is no place to wait for one, or none came in time."""
        if self._busy:
            await self._wait(party)
        self._busy = True
        try:
            yield
        finally:
            self._pass_on()

    async def _wait(self, party: Party) -> None:
        rotation = self._known if party.is_known else self._strangers
        waiter = rotation.join(party.key)
        try:
            async with asyncio.timeout(self._wait_seconds):
                await waiter
        except BaseException as error:
            rotation.leave(party.key, waiter)
            if _has_turn(waiter):
                # It came together with the end of the wait.
                self._pass_on()
            if isinstance(error, TimeoutError):
                raise _full() from None
            raise

    def _pass_on(self) -> None:
        """The turn goes to the next waiter, and nobody gets in between: `_busy` stays."""
        strangers_turn = self._known_in_a_row >= KNOWN_IN_A_ROW
        order = (self._strangers, self._known) if strangers_turn else (self._known, self._strangers)
        for rotation in order:
            waiter = rotation.pop()
            if waiter is not None:
                self._known_in_a_row = self._known_in_a_row + 1 if rotation is self._known else 0
                waiter.set_result(None)
                return
        self._busy = False


class _Rotation:
    """The waiters of one kind: one of each party in rotation, and of one party in the order in which they came."""

    def __init__(self) -> None:
        self._waiting: dict[bytes, deque[_Waiter]] = {}
        self._size = 0

    def join(self, key: bytes) -> _Waiter:
        """Wait. Raises Problem 429 without a place; where all are taken, the party that has most of them gives one."""
        own = len(self._waiting.get(key, ()))
        if own >= WAITING_OF_ONE:
            raise _full()
        if self._size >= WAITING:
            longest = max(self._waiting, key=lambda other: len(self._waiting[other]))
            if len(self._waiting[longest]) <= own + 1:
                raise _full()
            self._refuse_last(longest)
        waiter: _Waiter = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, deque()).append(waiter)
        self._size += 1
        return waiter

    def leave(self, key: bytes, waiter: _Waiter) -> None:
        """Wait no longer, if it still does."""
        waiters = self._waiting.get(key, ())
        if waiter in waiters:
            self._waiting[key].remove(waiter)
            self._removed_one_of(key)

    def pop(self) -> _Waiter | None:
        """Who is next. The party goes to the end."""
        while self._waiting:
            key = next(iter(self._waiting))
            waiters = self._waiting.pop(key)
            self._waiting[key] = waiters
            waiter = waiters.popleft()
            self._removed_one_of(key)
            if not waiter.done():
                return waiter
        return None

    def _refuse_last(self, key: bytes) -> None:
        waiter = self._waiting[key].pop()
        self._removed_one_of(key)
        if not waiter.done():
            waiter.set_exception(_full())

    def _removed_one_of(self, key: bytes) -> None:
        self._size -= 1
        if not self._waiting[key]:
            del self._waiting[key]


def _has_turn(waiter: _Waiter) -> bool:
    return waiter.done() and not waiter.cancelled() and waiter.exception() is None


def _full() -> Problem:
    return throttled("too many logins and sign-ups wait for their turn; send it again after Retry-After")
