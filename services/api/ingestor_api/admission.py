"""A bound on the requests worked on at once, so that overload is answered at once instead of growing a queue."""

from ingestor_api.errors import Problem, throttled


class Admission:
    """At most `limit` at a time; the next one is told to come back.

    Used as a context manager around the work; one instance for each kind of work.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._inside = 0

    def __enter__(self) -> None:
        if self._inside >= self._limit:
            raise self._full()
        self._inside += 1

    def __exit__(self, *_: object) -> None:
        self._inside -= 1

    def _full(self) -> Problem:
        return throttled(f"{self._limit} requests are being worked on; send it again after Retry-After")
