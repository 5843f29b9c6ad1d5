"""The offsets to commit to Kafka. The ledger is the truth; they are for the tools that show a group's lag."""

import threading
import time
from typing import Final

REPEAT_SECONDS: Final = 10.0
"""How soon an offset that is committed is committed again. librdkafka may carry out a commit that a rebalance held up a
minute later, when newer ones have been: the group would seem to lag for as long as nothing more is stored."""


class Commits:
    """Written by the event loop and by the Kafka thread."""

    def __init__(self) -> None:
        self._lock: Final = threading.Lock()
        self._stored: dict[int, int] = {}
        self._committed_at: dict[int, float] = {}

    def stored(self, partition: int, next_offset: int) -> None:
        """Everything before `next_offset` is stored."""
        with self._lock:
            self._stored[partition] = next_offset
            self._committed_at.pop(partition, None)

    def due(self) -> dict[int, int]:
        """The next offset of each partition whose commit Kafka has not confirmed, or not lately."""
        oldest = time.monotonic() - REPEAT_SECONDS
        with self._lock:
            return {
                partition: next_offset
                for partition, next_offset in self._stored.items()
                if self._committed_at.get(partition, oldest) <= oldest
            }

    def confirm(self, partition: int, next_offset: int) -> None:
        """Kafka has it."""
        with self._lock:
            if self._stored.get(partition) == next_offset:
                self._committed_at[partition] = time.monotonic()

    def forget(self, partition: int) -> None:
        """Another consumer commits for it now."""
        with self._lock:
            self._stored.pop(partition, None)
            self._committed_at.pop(partition, None)
