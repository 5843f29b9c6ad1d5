"""Which partitions this consumer holds, shared between the Kafka thread, which learns it, and the event loop."""

import threading
from collections.abc import Iterable
from typing import Final


class Assignment:
    """The partitions held now. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock: Final = threading.Lock()
        self._held: set[int] = set()
        self.member = False
        """Whether we are in the group, with partitions or standing by."""
        self.member_id: str | None = None
        """Under which we join, where that is known before we are in."""
        self.refusal: str | None = None
        """Why the group does not take us, where it says so."""

    def assign(self, partitions: Iterable[int]) -> None:
        """These are ours."""
        with self._lock:
            self.member = True
            self.refusal = None
            self._held.update(partitions)

    def revoke(self, partitions: Iterable[int]) -> None:
        """These are no longer ours."""
        with self._lock:
            self._held.difference_update(partitions)

    def leave(self) -> None:
        """Nothing is ours, and we are not in the group."""
        with self._lock:
            self.member = False
            self._held.clear()

    def partitions(self) -> tuple[int, ...]:
        """All partitions held, in order."""
        with self._lock:
            return tuple(sorted(self._held))
