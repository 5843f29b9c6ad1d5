"""What is said of a batch's events that are not durable: bounded, however many they are and whatever is in them."""

from collections.abc import Iterable
from itertools import islice
from sys import getsizeof
from typing import Final

import msgspec

from ingestor_api.admission import Share
from ingestor_api.errors import MAX_FIELD, MAX_WORDS, shown
from ingestor_common.faults import MAX_FAULTS, FieldFault, InvalidEvent

WHOLE_REASONS: Final = 64 * 1024
"""Characters of a batch's reasons, in the order of its events, after which each further one is said in short."""
SHORT_REASON: Final = 250
"""Characters of such a reason, which names one fault: more than most have."""


class Rejected(msgspec.Struct, frozen=True, omit_defaults=True):
    """An event of the batch that is not durable; with `retry` it may be sent again as it is."""

    index: int
    event_id: str | None
    reason: str
    retry: bool = False


class Rejections:
    """The invalid events of one batch, and the faults that its answer names.

    They wait with the batch for its turns and for its good events, so `share` counts what they take. It is counted as
    memory: one character beyond U+FFFF makes Python keep four bytes for each of its text.
    """

    def __init__(self, share: Share) -> None:
        self.of_index: dict[int, Rejected] = {}
        self.faults: list[FieldFault] = []
        self._share = share
        self._characters = 0
        self._bytes = 0

    @property
    def most_faults(self) -> int:
        """How many faults of the next invalid event are said. To look for more would be work for nothing."""
        if self._characters < WHOLE_REASONS:
            return MAX_FAULTS
        return max(1, MAX_FAULTS - len(self.faults))

    def add(self, index: int, error: InvalidEvent) -> None:
        """The event at `index` is none. Raises Problem (429) where there is no room for saying so."""
        reason = shown(str(error), MAX_WORDS if self._characters < WHOLE_REASONS else SHORT_REASON)
        self.of_index[index] = Rejected(index, error.event_id, reason)
        self._characters += len(reason)
        self._count(reason, error.event_id)
        for fault in islice(_faults_of(index, error), MAX_FAULTS - len(self.faults)):
            named = FieldFault(shown(fault.field, MAX_FIELD), shown(fault.reason))
            self.faults.append(named)
            self._count(named.field, named.reason)

    def _count(self, *texts: str | None) -> None:
        self._bytes += sum(map(getsizeof, texts))
        self._share.cover(self._bytes)


def _faults_of(index: int, error: InvalidEvent) -> Iterable[FieldFault]:
    if not error.faults:
        yield FieldFault(f"[{index}]", str(error))
    for fault in error.faults:
        yield FieldFault(f"[{index}].{fault.field}", fault.reason)
