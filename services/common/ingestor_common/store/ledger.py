"""The consumer's books, per partition: where it is, and what became of every offset before that.

They are advanced in the transaction that stores the rows, by compare-and-set on the next offset, so that a consumer
that lost its partition without knowing cannot write. At every commit `next_offset - first_offset = persisted +
duplicates + dead_lettered + gaps` holds; what retention removed unread is `lost`, and stays unaccounted.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ingestor_common.store.pool import Connection


@dataclass(frozen=True, slots=True)
class Source:
    """Whose books: a consumer group on one incarnation of a topic (`topic_id`, as the broker names it)."""

    group: str
    topic: str
    topic_id: str


@dataclass(frozen=True, slots=True)
class Account:
    """The books of a partition. Offsets and counts of records; `gaps` are offsets that hold no record."""

    partition: int
    first_offset: int
    next_offset: int
    persisted: int = 0
    duplicates: int = 0
    dead_lettered: int = 0
    gaps: int = 0
    lost: int = 0

    @property
    def unaccounted(self) -> int:
        """Offsets passed of which nothing is known: 0 where the books balance. Records lost to retention are in it."""
        known = self.persisted + self.duplicates + self.dead_lettered + self.gaps
        return self.next_offset - self.first_offset - known


@dataclass(frozen=True, slots=True)
class Advance:
    """A step of one partition from offset `expected` to `next`, and what became of the offsets between."""

    partition: int
    expected: int
    next: int
    persisted: int = 0
    duplicates: int = 0
    dead_lettered: int = 0
    gaps: int = 0
    lost: int = 0


class OffsetMoved(RuntimeError):
    """The books of these partitions are not where the writer believed: another consumer has them. Roll back."""

    def __init__(self, partitions: tuple[int, ...]) -> None:
        super().__init__(f"another consumer has advanced the ledger of partitions {list(partitions)}")
        self.partitions = partitions


_COUNTS = "persisted, duplicates, dead_lettered, gaps, lost"


async def load(connection: Connection, source: Source) -> dict[int, Account]:
    """The accounts of `source` by partition."""
    rows = await connection.fetch(
        f"SELECT partition, first_offset, next_offset, {_COUNTS} FROM ledger"
        " WHERE (consumer_group, topic, topic_id) = ($1, $2, $3) ORDER BY partition",
        source.group,
        source.topic,
        source.topic_id,
    )
    return {row["partition"]: Account(*row) for row in rows}


async def topic_ids(connection: Connection, group: str, topic: str) -> list[str]:
    """The incarnations of the topic that the group has books of, the latest opened last."""
    rows = await connection.fetch(
        "SELECT topic_id FROM ledger WHERE (consumer_group, topic) = ($1, $2)"
        " GROUP BY topic_id ORDER BY min(opened_at)",
        group,
        topic,
    )
    return [row["topic_id"] for row in rows]


async def open_account(connection: Connection, source: Source, partition: int, first_offset: int) -> Account:
    """The partition's account, opened at `first_offset` if there is none yet."""
    await connection.execute(
        "INSERT INTO ledger (consumer_group, topic, topic_id, partition, first_offset, next_offset)"
        " VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT DO NOTHING",
        source.group,
        source.topic,
        source.topic_id,
        partition,
        first_offset,
    )
    return (await load(connection, source))[partition]


async def advance(connection: Connection, source: Source, advances: Sequence[Advance]) -> None:
    """Move the accounts on, all or none.

    Raises OffsetMoved naming the partitions that are not at their expected offset; the caller's transaction must roll
    back.
    """
    steps = sorted(advances, key=lambda step: step.partition)
    rows = await connection.fetch(
        """
        UPDATE ledger l SET
            next_offset = a.next, persisted = l.persisted + a.persisted, duplicates = l.duplicates + a.duplicates,
            dead_lettered = l.dead_lettered + a.dead_lettered, gaps = l.gaps + a.gaps, lost = l.lost + a.lost,
            updated_at = now()
        FROM unnest($4::int[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[],
                    $11::bigint[]) AS a(partition, expected, next, persisted, duplicates, dead_lettered, gaps, lost)
        WHERE (l.consumer_group, l.topic, l.topic_id) = ($1, $2, $3)
          AND l.partition = a.partition AND l.next_offset = a.expected
        RETURNING l.partition
        """,
        source.group,
        source.topic,
        source.topic_id,
        [step.partition for step in steps],
        [step.expected for step in steps],
        [step.next for step in steps],
        [step.persisted for step in steps],
        [step.duplicates for step in steps],
        [step.dead_lettered for step in steps],
        [step.gaps for step in steps],
        [step.lost for step in steps],
    )
    moved = {row["partition"] for row in rows}
    missed = tuple(step.partition for step in steps if step.partition not in moved)
    if missed:
        raise OffsetMoved(missed)
