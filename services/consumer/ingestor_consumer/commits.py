"""The offsets to commit to Kafka. The ledger is the truth; they are for the tools that show a group's lag."""

import threading
from typing import Final


class Commits:
    """Written by the event loop, taken by the Kafka thread."""

    def __init__(self) -> None:
        self._lock: Final = threading.Lock()
        self._stored: dict[int, int] = {}

    def stored(self, partition: int, next_offset: int) -> None:
        """Everything before `next_offset` is stored."""
        with self._lock:
            self._stored[partition] = next_offset

    def take(self) -> dict[int, int]:
        """The next offset of each partition that was stored since."""
        with self._lock:
            stored, self._stored = self._stored, {}
            return stored
