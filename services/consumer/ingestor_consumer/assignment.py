"""Which partitions this consumer holds, shared between the Kafka thread, which learns it, and the event loop.

Every holding has an epoch of its own: what was read under an epoch that is over is not stored, even when the partition
has come back since.
"""

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count
from typing import Final


@dataclass(frozen=True, slots=True)
class Holding:
    """A partition held. It is `open` once the ledger has said where to read on."""

    epoch: int
    open: bool = False


class Assignment:
    """The partitions held now. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock: Final = threading.Lock()
        self._epochs: Final = count(1)
        self._held: dict[int, Holding] = {}
        self.member = False
        """Whether we are in the group, with partitions or standing by."""
        self.member_id: str | None = None
        """Under which we join, where that is known before we are in."""

    def give(self, partitions: Iterable[int]) -> None:
        """These are ours, and have to be opened."""
        with self._lock:
            self.member = True
            self._held |= {partition: Holding(next(self._epochs)) for partition in partitions}

    def take(self, partitions: Iterable[int]) -> None:
        """These are no longer ours."""
        with self._lock:
            for partition in partitions:
                self._held.pop(partition, None)

    def leave(self) -> None:
        """Nothing is ours, and we are not in the group."""
        with self._lock:
            self.member = False
            self._held.clear()

    def reopen(self, partition: int, epoch: int) -> None:
        """Start this holding over from the ledger, unless it is over anyway."""
        with self._lock:
            if self._epoch(partition) == epoch:
                self._held[partition] = Holding(next(self._epochs))

    def opened(self, partition: int, epoch: int) -> None:
        """The ledger has said where to read on."""
        with self._lock:
            if self._epoch(partition) == epoch:
                self._held[partition] = Holding(epoch, open=True)

    def holds(self, partition: int, epoch: int) -> bool:
        """Whether this holding goes on."""
        with self._lock:
            return self._epoch(partition) == epoch

    def partitions(self) -> tuple[int, ...]:
        """All partitions held, in order."""
        with self._lock:
            return tuple(sorted(self._held))

    def unopened(self) -> dict[int, int]:
        """The epochs of the partitions that wait to be opened."""
        with self._lock:
            return {partition: holding.epoch for partition, holding in self._held.items() if not holding.open}

    def _epoch(self, partition: int) -> int | None:
        holding = self._held.get(partition)
        return None if holding is None else holding.epoch
