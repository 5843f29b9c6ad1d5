"""What became of every offset of a batch: the step that the partition's books take, and the counts for metrics."""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field

from ingestor_common.events import Identity
from ingestor_common.kafka_log.leader import LogRange
from ingestor_common.store.ledger import Account, Advance, Rewind
from ingestor_consumer.batch import Batch
from ingestor_consumer.decoding import Refusal


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of records, counted."""

    persisted: Counter[str] = field(default_factory=Counter)
    """by event type"""
    duplicates: int = 0
    dead_lettered: Counter[str] = field(default_factory=Counter)
    """by reason"""


def account(batch: Batch, new: Set[Identity]) -> tuple[Advance, Tally]:
    """The partition's step and the counts, when `new` are the identities that were not stored before.

    An identity that stands in the batch more than once was stored by its first record; the others are duplicates.
    Offsets between the batch's first and next that hold no record are gaps: transaction markers, records of aborted
    transactions, records that compaction took.
    """
    unclaimed = set(new)
    persisted: Counter[str] = Counter()
    dead_lettered: Counter[str] = Counter()
    duplicates = 0
    for record in batch.records:
        if isinstance(record.content, Refusal):
            dead_lettered[record.content.reason] += record.span
        elif (identity := record.content.identity) in unclaimed:
            unclaimed.remove(identity)
            persisted[record.content.event_type] += 1
        else:
            duplicates += 1
    known = persisted.total() + duplicates + dead_lettered.total()
    step = Advance(
        batch.partition,
        expected=batch.first,
        next=batch.next,
        persisted=persisted.total(),
        duplicates=duplicates,
        dead_lettered=dead_lettered.total(),
        gaps=batch.next - batch.first - known,
        epochs=batch.epochs,
    )
    return step, Tally(persisted, duplicates, dead_lettered)


def catch_up(account: Account, log: LogRange, common_end: int) -> Sequence[Advance | Rewind]:
    """The steps between an account and reading on: usually none.

    `common_end` is where the log that was read and the log that is there divide; at or behind the account's next offset
    where nothing is missing. Where brokers have lost what was read, the books go back over it. Where retention has
    removed records before they were read, they step over them and count them as lost.
    """
    steps: list[Advance | Rewind] = []
    at = account.next_offset
    back_to = max(log.start, min(common_end, log.end))
    if back_to < at:
        steps.append(Rewind(account.partition, at, back_to))
        at = back_to
    if at < log.start:
        steps.append(Advance(account.partition, at, log.start, lost=log.start - at))
    return steps


def went_back(stored: Mapping[int, int], accounts: Mapping[int, Account]) -> list[int]:
    """The partitions whose books are behind the offset up to which this consumer has stored.

    Books only go forward, but for what opening does itself: these were restored from an older copy, or are gone.
    `stored` must have been noted before the accounts were read.
    """
    return [
        partition
        for partition, offset in stored.items()
        if partition not in accounts or accounts[partition].next_offset < offset
    ]
