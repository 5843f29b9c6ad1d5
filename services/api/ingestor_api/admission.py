"""A bound on the requests worked on at once, so that overload is answered at once instead of growing a queue."""

from collections.abc import Iterator
from contextlib import contextmanager

from ingestor_api.errors import Problem, throttled


class Admission:
    """At most `limit` at a time, and bodies of at most `max_bytes` together; the next one is told to come back.

    One instance for each kind of work.
    """

    def __init__(self, limit: int, max_bytes: int | None = None) -> None:
        self._limit = limit
        self._max_bytes = max_bytes
        self._inside = 0
        self._bytes = 0

    def enter(self, size: int = 0) -> None:
        """Begin work on a body of `size` bytes. Raises Problem (429) where there is no room for it."""
        if self._inside >= self._limit:
            raise _full(f"{self._limit} requests are being worked on")
        # A body may always come in alone.
        if self._max_bytes is not None and self._bytes and self._bytes + size > self._max_bytes:
            raise _full(f"requests of {self._bytes} bytes are being worked on")
        self._inside += 1
        self._bytes += size

    def leave(self, size: int = 0) -> None:
        """The work that was begun with `enter` is done."""
        self._inside -= 1
        self._bytes -= size

    @contextmanager
    def inside(self, size: int = 0) -> Iterator[None]:
        """Both, around the work."""
        self.enter(size)
        try:
            yield
        finally:
            self.leave(size)


def _full(words: str) -> Problem:
    return throttled(f"{words}; send it again after Retry-After")
