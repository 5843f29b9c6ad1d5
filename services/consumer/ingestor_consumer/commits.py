"""The offsets to commit to Kafka. The ledger is the truth; they are for the tools that show a group's lag."""

import threading
from typing import Final


class Commits:
    """Written by the event loop and by the Kafka thread. An offset is committed again until Kafka has confirmed it: a
    commit during a rebalance may be refused, and no later one comes where nothing more is stored."""

    def __init__(self) -> None:
        self._lock: Final = threading.Lock()
        self._stored: dict[int, int] = {}

    def stored(self, partition: int, next_offset: int) -> None:
        """Everything before `next_offset` is stored."""
        with self._lock:
            self._stored[partition] = next_offset

    def pending(self) -> dict[int, int]:
        """The next offset of each partition that was stored and is not known to be committed."""
        with self._lock:
            return dict(self._stored)

    def confirm(self, partition: int, next_offset: int) -> None:
        """Kafka has it."""
        with self._lock:
            if self._stored.get(partition) == next_offset:
                del self._stored[partition]

    def forget(self, partition: int) -> None:
        """Another consumer commits for it now."""
        with self._lock:
            self._stored.pop(partition, None)
