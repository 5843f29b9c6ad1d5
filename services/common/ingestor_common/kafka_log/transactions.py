"""Which record sets of a fetch response belong to aborted transactions, and so hold nothing for a reader."""

from collections.abc import Iterable
from typing import NamedTuple

from ingestor_common.kafka_log.record_sets import RecordSet


class Aborted(NamedTuple):
    """An aborted transaction, as the broker lists it with what was fetched."""

    producer_id: int
    first_offset: int


class AbortedSets:
    """Ask it for each set of one response, in order."""

    def __init__(self, aborted: Iterable[Aborted]) -> None:
        self._waiting = sorted(aborted, key=lambda each: each.first_offset, reverse=True)
        self._producers: set[int] = set()

    def has(self, record_set: RecordSet) -> bool:
        """Whether the set's transaction was aborted. A control set ends its producer's."""
        while self._waiting and self._waiting[-1].first_offset <= record_set.last_offset:
            self._producers.add(self._waiting.pop().producer_id)
        if record_set.is_control:
            self._producers.discard(record_set.producer_id)
            return False
        return record_set.is_transactional and record_set.producer_id in self._producers
