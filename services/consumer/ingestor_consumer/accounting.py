"""What became of every offset of a batch: the step that each partition's books take, and the counts for metrics."""

from collections import Counter
from collections.abc import Set
from dataclasses import dataclass, field

from ingestor_common.events import Identity
from ingestor_common.store.ledger import Account, Advance
from ingestor_consumer.batch import Batch, Part
from ingestor_consumer.decoding import Refusal


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of records, counted."""

    persisted: Counter[str] = field(default_factory=Counter)
    """by event type"""
    duplicates: int = 0
    dead_lettered: Counter[str] = field(default_factory=Counter)
    """by reason"""


def account(batch: Batch, new: Set[Identity]) -> tuple[list[Advance], Tally]:
    """Each partition's step and the counts over all, when `new` are the identities that were not stored before.

    An identity that stands in the batch more than once was stored by its first record; the others are duplicates.
    Offsets between a part's first and next that hold no record are gaps: transaction markers, records of aborted
    transactions, records that compaction took.
    """
    unclaimed = set(new)
    tallies = [_tally(part, unclaimed) for part in batch.parts]
    total = Tally(
        persisted=sum((tally.persisted for tally in tallies), Counter()),
        duplicates=sum(tally.duplicates for tally in tallies),
        dead_lettered=sum((tally.dead_lettered for tally in tallies), Counter()),
    )
    return [_advance(part, tally) for part, tally in zip(batch.parts, tallies, strict=True)], total


@dataclass(frozen=True, slots=True)
class BeyondTheEnd:
    """The books are ahead of the partition's log: the broker has lost records that it had acknowledged."""

    next_offset: int
    log_end: int


def catch_up(account: Account, log_start: int, log_end: int) -> Advance | BeyondTheEnd | None:
    """What stands between an account and reading on from its next offset: usually nothing.

    Where retention has removed records before they were read, the step over them, which counts them as lost.
    """
    if account.next_offset > log_end:
        return BeyondTheEnd(account.next_offset, log_end)
    if account.next_offset < log_start:
        lost = log_start - account.next_offset
        return Advance(account.partition, account.next_offset, log_start, lost=lost)
    return None


def _tally(part: Part, unclaimed: set[Identity]) -> Tally:
    persisted: Counter[str] = Counter()
    dead_lettered: Counter[str] = Counter()
    for record in part.records:
        if isinstance(record.content, Refusal):
            dead_lettered[record.content.reason] += 1
        elif (identity := record.content.identity) in unclaimed:
            unclaimed.remove(identity)
            persisted[record.content.event_type] += 1
    return Tally(persisted, len(part.records) - persisted.total() - dead_lettered.total(), dead_lettered)


def _advance(part: Part, tally: Tally) -> Advance:
    return Advance(
        part.partition,
        expected=part.first,
        next=part.next,
        persisted=tally.persisted.total(),
        duplicates=tally.duplicates,
        dead_lettered=tally.dead_lettered.total(),
        gaps=part.next - part.first - len(part.records),
    )
