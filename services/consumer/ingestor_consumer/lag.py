"""How far behind each partition is: in records, and in the age of its oldest record not stored yet."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from ingestor_consumer.batch import Batch


class Lag(NamedTuple):
    records: int
    seconds: float


@dataclass(slots=True)
class _Place:
    stored: int
    waiting: float | None = None
    """Time of the oldest record that was read and is not stored yet, as far as it has one."""
    behind_since: float | None = None


class LagBook:
    """Kept by the event loop from what it reads, stores, and asks Kafka. Times are seconds since 1970."""

    def __init__(self) -> None:
        self._places: dict[int, _Place] = {}

    def opened(self, partition: int, next_offset: int) -> None:
        """The partition is read from here."""
        self._places[partition] = _Place(next_offset)

    def storing(self, batch: Batch) -> None:
        """These records come next."""
        if batch.records and (place := self._places.get(batch.partition)):
            place.waiting = batch.records[0].time

    def stored(self, batch: Batch) -> None:
        """The partition's books are behind these."""
        if place := self._places.get(batch.partition):
            place.stored = batch.next
            place.waiting = place.behind_since = None

    def stored_to(self) -> dict[int, int]:
        """The offset up to which each partition is stored."""
        return {partition: place.stored for partition, place in self._places.items()}

    def keep(self, held: Iterable[int]) -> list[int]:
        """Forget the partitions that are not `held`; returns them."""
        gone = [partition for partition in self._places if partition not in set(held)]
        for partition in gone:
            del self._places[partition]
        return gone

    def measure(self, log_ends: dict[int, int], now: float) -> dict[int, Lag]:
        """The lag of each open partition whose log end is known.

        A record that was not read yet, or has no time, has no age that we know: then it is the time since we first saw
        it missing.
        """
        return {
            partition: self._measure(place, log_ends[partition], now)
            for partition, place in self._places.items()
            if partition in log_ends
        }

    def _measure(self, place: _Place, log_end: int, now: float) -> Lag:
        records = max(0, log_end - place.stored)
        if not records:
            place.behind_since = None
            return Lag(0, 0.0)
        if place.behind_since is None:
            place.behind_since = now
        oldest = place.behind_since if place.waiting is None else place.waiting
        return Lag(records, max(0.0, now - oldest))
