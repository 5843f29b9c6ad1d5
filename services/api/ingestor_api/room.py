"""A bound on what all connections take together, which those keep to who let others wait."""

from collections.abc import Callable
from typing import Generic, TypeVar

Holder = TypeVar("Holder")


class Room(Generic[Holder]):
    """At most `limit` is held at once. Where there would be more, `give_way` is called with the holders that wait.

    Those that have waited longest are the first; as many as are `spared` may stay, whatever they hold. To refuse the
    latest would let those who send nothing decide that nobody else is served.

    Whoever is called holds nothing any more. What it keeps it holds anew, which asks nobody else to give way.
    """

    def __init__(self, limit: int, give_way: Callable[[Holder], None], *, spared: int = 0) -> None:
        self._limit = limit
        self._give_way = give_way
        self._spared = spared
        self._sizes: dict[Holder, int] = {}
        self._waiting: dict[Holder, None] = {}
        self._held = 0
        self._is_making_room = False

    def hold(self, holder: Holder, size: int, *, waits: bool) -> bool:
        """Hold `size` in all; `waits`: it is the client's turn, and it was before if it has waited until now.

        Returns whether there is room, which there is not where nobody waits.
        """
        self._held += size - self._sizes.get(holder, 0)
        self._sizes[holder] = size
        if waits and size:
            self._waiting.setdefault(holder)
        else:
            self._waiting.pop(holder, None)
        if self._held > self._limit and not self._is_making_room:
            self._make_room()
        return self._held <= self._limit

    def release(self, holder: Holder) -> None:
        """It holds nothing any more."""
        self._held -= self._sizes.pop(holder, 0)
        self._waiting.pop(holder, None)

    def _make_room(self) -> None:
        # One loop for all of them: each that keeps something would otherwise make room within the call of the one
        # before it, and a thousand of them are more calls than Python has.
        self._is_making_room = True
        try:
            while self._held > self._limit and len(self._waiting) > self._spared:
                longest = next(iter(self._waiting))
                self.release(longest)
                self._give_way(longest)
        finally:
            self._is_making_room = False
