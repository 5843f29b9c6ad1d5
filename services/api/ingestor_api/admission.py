"""Bounds on the requests worked on at once, so that overload is answered at once instead of growing a queue."""

from collections.abc import Iterator
from contextlib import contextmanager

from ingestor_api.errors import Problem, throttled


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
    """At most `limit` bytes of requests are held at once, whatever the routes; the next one is told to come back.

    As a part of another one, `whole`, the bytes count there too.
    """

    def __init__(self, limit: int, whole: "HeldBytes | None" = None) -> None:
        self._limit = limit
        self._whole = whole
        self._held = 0

    def take(self, size: int) -> None:
        """Hold so many bytes more. Raises Problem (429) where there is no room for them."""
        if self._held + size > self._limit:
            raise _full(f"requests of {self._held} bytes are being worked on")
        if self._whole is not None:
            self._whole.take(size)
        self._held += size

    def give_back(self, size: int) -> None:
        """So many bytes are held no longer."""
        self._held -= size
        if self._whole is not None:
            self._whole.give_back(size)


class Share:
    """The bytes of one request among those held at once."""

    __slots__ = ("_held", "_size")

    def __init__(self, held: HeldBytes) -> None:
        self._held = held
        self._size = 0

    def cover(self, size: int) -> None:
        """Hold `size` bytes in all. Raises Problem (429) where there is no room for what is missing."""
        if size > self._size:
            self._held.take(size - self._size)
            self._size = size

    def end(self) -> None:
        """They are held no longer."""
        self._held.give_back(self._size)
        self._size = 0


def _full(words: str) -> Problem:
    return throttled(f"{words}; send it again after Retry-After")
