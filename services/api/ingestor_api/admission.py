"""Bounds on the requests worked on at once, so that overload is answered at once instead of growing a queue."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from ingestor_api.errors import Problem, throttled
from ingestor_api.room import Room

REFUSE: Final = "ingestor.refuse"
"""The name in a request's scope under which its connection offers to refuse it, as a `Share` asks for that."""


class Admission:
    """At most `limit` at a time; the next one is told to come back. One instance for each kind of work."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._inside = 0

    def require_room(self) -> None:
        """Raises Problem (429) where there is no room for more work."""
        if self._inside >= self._limit:
            raise _full(f"{self._limit} requests are being worked on")

    def enter(self) -> None:
        """Begin work. Raises Problem (429) where there is no room for it."""
        self.require_room()
        self._inside += 1

    def leave(self) -> None:
        """The work that was begun with `enter` is done."""
        self._inside -= 1

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Both, around the work."""
        self.enter()
        try:
            yield
        finally:
            self.leave()


class HeldBytes:
    """At most `limit` bytes of requests are held at once, whatever the routes.

    Where there would be more, the requests whose next piece has been awaited longest give way; where nothing is
    awaited, the next one is told to come back. As a part of another one, `whole`, the bytes count there too.
    """

    def __init__(self, limit: int, whole: "HeldBytes | None" = None) -> None:
        self.limit = limit
        self.room: Room[Share] = Room(limit, Share.give_way)
        self.counts_in: tuple[HeldBytes, ...] = (self,) if whole is None else (self, *whole.counts_in)
        """This one, and those that it is a part of."""


class Share:
    """The bytes of one request among those held at once.

    `refuse` has the connection refuse the request, unless all of it has come, and tells whether it did. What has none
    never gives way.
    """

    __slots__ = ("_gave_way", "_held", "_refuse", "_size")

    def __init__(self, held: HeldBytes, refuse: Callable[[], bool] | None = None) -> None:
        self._held = held
        self._refuse = refuse
        self._size = 0
        self._gave_way = False

    def cover(self, size: int, *, waits: bool = False) -> None:
        """Hold `size` bytes in all; `waits`: the client has more to send.

        Raises Problem (429) where there is no room for them, and holds nothing then.
        """
        if self._gave_way:
            # The route learns it by reading on.
            return
        self._size = size
        # Its wait begins anew with each piece. Of many large bodies that come at the same time none would come whole if
        # the first to begin gave way.
        full = self._find_full()
        if full is not None:
            self.end()
            raise _full(f"requests of {full.limit} bytes are being worked on")
        if waits and self._refuse is not None:
            for held in self._held.counts_in:
                held.room.hold(self, size, waits=True)

    def give_way(self) -> None:
        """Leave the room to others, unless all of the request has come and is only not read yet."""
        if self._refuse is not None and self._refuse():
            self._gave_way = True
            self.end()
        else:
            for held in self._held.counts_in:
                held.room.hold(self, self._size, waits=False)

    def end(self) -> None:
        """They are held no longer."""
        for held in self._held.counts_in:
            held.room.release(self)
        self._size = 0

    def _find_full(self) -> HeldBytes | None:
        """Hold the bytes as those of a request that nobody waits for; what has no room for them."""
        return next((held for held in self._held.counts_in if not held.room.hold(self, self._size, waits=False)), None)


def _full(words: str) -> Problem:
    return throttled(f"{words}; send it again after Retry-After")
