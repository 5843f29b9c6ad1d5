"""Which record sets of the log can be read, which hold nothing for a reader, and which are refused.

Whoever reads the topic judges its sets by this alone, as it judges their records by `record_values`.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from ingestor_common.kafka_log.leader import Fetched, LeaderFault
from ingestor_common.kafka_log.record_sets import MAGIC, RecordSet
from ingestor_common.kafka_log.transactions import AbortedSets

LARGEST_SET_BYTES: Final = 72 * 1024 * 1024
"""A record set that is larger uncompressed counts as one that cannot be read."""

FETCH_BYTES: Final = 1024 * 1024
MOST_FETCH_BYTES: Final = 256 * 1024 * 1024


class JudgedSet(NamedTuple):
    """A record set up to the offset `last`; `fault` says why it cannot be read. `is_empty`: it has a transaction's
    marker, or what was aborted."""

    record_set: RecordSet
    last: int
    fault: str | None
    is_empty: bool


def judge(fetched: Fetched, is_end: bool) -> Iterator[JudgedSet]:
    """The sets of what was fetched, in order.

    A last set that is damaged has no end that can be believed, other than the next set's beginning: it is left for the
    next fetch, which has to ask for more, unless `is_end` says that the log ends here.
    """
    aborted = AbortedSets(fetched.aborted)
    following = [each.base_offset for each in fetched.sets[1:]]
    ends: list[int | None] = [*following, fetched.stable_end if is_end else None]
    for record_set, end in zip(fetched.sets, ends, strict=False):
        has_aborted = aborted.has(record_set)
        last = record_set.last_offset
        if record_set.magic != MAGIC:
            yield JudgedSet(record_set, last, f"format {record_set.magic} of before Kafka 0.11", False)
        elif record_set.is_intact():
            yield JudgedSet(record_set, last, None, record_set.is_control or has_aborted)
        elif end is None:
            return
        else:
            yield JudgedSet(record_set, end - 1, "its checksum is wrong", False)


class Reach:
    """How many bytes are fetched next, `size`, and whether the log is known to end with them, `is_end`."""

    def __init__(self) -> None:
        self.size = FETCH_BYTES
        self.is_end = False

    def note(self, fetched: Fetched, before: int, position: int) -> None:
        """What was fetched from the offset `before` on was read up to `position`. Raises LeaderFault where the next
        set's beginning is too far away."""
        # Bytes came and nothing could be made of them: the last set is damaged, and only what follows it says where it
        # ends. Where nothing follows in twice as much, the log ends with it.
        is_stuck = fetched.bytes > 0 and position == before
        if is_stuck and self.size > MOST_FETCH_BYTES:
            raise LeaderFault(f"no record set can be found at offset {before}")
        self.is_end = is_stuck and self.size > FETCH_BYTES and fetched.is_whole
        self.size = 2 * fetched.bytes + FETCH_BYTES if is_stuck else FETCH_BYTES
