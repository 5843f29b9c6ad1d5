"""Who waits for a password to be hashed, and in which order. The reasons: docs/adr/0054-accounts.md."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from ingestor_api.auth.allowance import MOST_KEYS
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
    """One turn at a time: known parties first, and of a kind the party whose last turn is longest ago."""

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
        else:
            self.count(party)
        self._busy = True
        try:
            yield
        finally:
            self._pass_on()

    def count(self, party: Party) -> None:
        """Count a turn of the party that it did not wait for."""
        self._rotation(party).turns.count(party.key)

    def _rotation(self, party: Party) -> "_Rotation":
        return self._known if party.is_known else self._strangers

    async def _wait(self, party: Party) -> None:
        rotation = self._rotation(party)
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
    """The waiters of one kind: the party whose last turn is longest ago goes first and gives way last.

    One caller may have any number of parties, so rotation alone is not fair. Whoever hammers waits behind whoever
    comes rarely, by however many names. Those of one party go in the order in which they came.
    """

    def __init__(self) -> None:
        self.turns = LastTurns()
        self._waiting: dict[bytes, deque[_Waiter]] = {}
        self._size = 0

    def join(self, key: bytes) -> _Waiter:
        """Wait. Raises Problem 429 without a place."""
        own = len(self._waiting.get(key, ()))
        if own >= WAITING_OF_ONE:
            raise _full()
        if self._size >= WAITING:
            self._make_room(key, own)
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
        """Who is next."""
        while self._waiting:
            # Of parties that never had a turn the one that has waited longest.
            key = min(self._waiting, key=self.turns.last)
            waiter = self._waiting[key].popleft()
            self._removed_one_of(key)
            if not waiter.done():
                self.turns.count(key)
                return waiter
        return None

    def _make_room(self, key: bytes, own: int) -> None:
        """Refuse the last waiter of the party that has most places, of those the one that was served last.

        Raises Problem 429 where that is no fairer: it would have fewer than the newcomer, or was served before it.
        """
        most = max(self._waiting, key=lambda other: (len(self._waiting[other]), self.turns.last(other)))
        has_more = len(self._waiting[most]) > own + 1
        was_served_later = own == 0 and self.turns.last(most) > self.turns.last(key)
        if not has_more and not was_served_later:
            raise _full()
        self._refuse_last(most)

    def _refuse_last(self, key: bytes) -> None:
        waiter = self._waiting[key].pop()
        self._removed_one_of(key)
        if not waiter.done():
            waiter.set_exception(_full())

    def _removed_one_of(self, key: bytes) -> None:
        self._size -= 1
        if not self._waiting[key]:
            del self._waiting[key]


class LastTurns:
    """In which order parties had their last turns.

    Beyond `most` the one that had it longest ago is forgotten, and counts as one that never had any.
    """

    def __init__(self, most: int = MOST_KEYS) -> None:
        self._most = most
        self._last: dict[bytes, int] = {}
        self._number = 0

    def __len__(self) -> int:
        return len(self._last)

    def last(self, key: bytes) -> int:
        """The number of the party's last turn; 0 where it had none."""
        return self._last.get(key, 0)

    def count(self, key: bytes) -> None:
        """Count a turn."""
        self._number += 1
        # Reinserted, so that the party served longest ago is the first one.
        self._last.pop(key, None)
        self._last[key] = self._number
        if len(self._last) > self._most:
            del self._last[next(iter(self._last))]


def _has_turn(waiter: _Waiter) -> bool:
    return waiter.done() and not waiter.cancelled() and waiter.exception() is None


def _full() -> Problem:
    return throttled("too many logins and sign-ups wait for their turn; send it again after Retry-After")
