"""Which partitions are not getting on, and why: for the probes, the metrics and the logs."""

import time
from dataclasses import dataclass
from enum import StrEnum

import asyncpg

from ingestor_common.store.errors import in_words, is_transient


class HoldReason(StrEnum):
    """What a partition waits for. Metric labels."""

    OPENING = "opening"
    DATABASE = "database"
    KAFKA = "kafka"
    DEAD_LETTERS = "dead_letters"
    TRANSACTION = "transaction"
    DEFECT = "defect"


@dataclass(frozen=True, slots=True)
class Hold:
    """A partition that waits since `since`, in seconds since 1970."""

    reason: HoldReason
    text: str
    since: float


class Holds:
    """Written by the event loop, read by the probes' thread: each partition's entry is replaced whole."""

    def __init__(self) -> None:
        self._holds: dict[int, Hold] = {}

    def hold(self, partition: int, reason: HoldReason, text: str) -> None:
        """The partition waits."""
        before = self._holds.get(partition)
        since = before.since if before is not None and before.reason == reason else time.time()
        self._holds[partition] = Hold(reason, text, since)

    def release(self, partition: int) -> None:
        """The partition gets on, or is not ours any more."""
        self._holds.pop(partition, None)

    def count(self, reason: HoldReason) -> int:
        """How many partitions wait for this."""
        return sum(hold.reason == reason for hold in list(self._holds.values()))

    def any(self) -> bool:
        return bool(self._holds)

    def describe(self) -> str | None:
        """A sentence that names the partitions that wait and why; None where none does."""
        found = sorted(dict(self._holds).items())
        if not found:
            return None
        return "; ".join(f"partition {partition} waits for {hold.reason}: {hold.text}" for partition, hold in found)


def describe(error: BaseException) -> str:
    """An error in words, also one that has none; the class of a defect, which a report of it needs."""
    if isinstance(error, asyncpg.PostgresError) and str(error):
        return str(error)
    if is_transient(error):
        return in_words(error)
    return f"{type(error).__name__}: {str(error) or 'it took too long, or said nothing'}"
