"""The consumer's books, per partition: where it is, and what became of every offset before that.

They are advanced in the transaction that stores the rows, by compare-and-set on the next offset, so that a consumer
that lost its partition without knowing cannot write. At every commit `next_offset - first_offset = persisted +
duplicates + dead_lettered + gaps - vanished` holds; what retention removed unread is `lost`, and stays unaccounted
until a person writes it off. `vanished` are offsets that were read and went back over, since brokers came back without
them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

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
    vanished: int = 0
    written_off: int = 0
    """Of the lost ones."""

    @property
    def unaccounted(self) -> int:
        """Offsets passed of which nothing is known: 0 where the books balance. Records lost to retention are in it,
        unless a person has written them off."""
        known = self.persisted + self.duplicates + self.dead_lettered + self.gaps + self.written_off
        return self.next_offset - self.first_offset + self.vanished - known


class EpochStart(NamedTuple):
    """A leader epoch, and the first offset that was read of it."""

    leader_epoch: int
    offset: int


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
    epochs: tuple[EpochStart, ...] = ()
    """The leader epochs that begin in it."""


@dataclass(frozen=True, slots=True)
class Rewind:
    """A step of one partition back from offset `expected` to `next`: what was read between has vanished."""

    partition: int
    expected: int
    next: int


@dataclass(frozen=True, slots=True)
class EarlierBooks:
    """The books of a topic that had the name before: up to which offset each of its partitions was read."""

    topic_id: str
    closed_at: datetime
    """When they moved last."""
    next_offsets: dict[int, int]


class OffsetMoved(RuntimeError):
    """The books of these partitions are not where the writer believed: another consumer has them. Roll back."""

    def __init__(self, partitions: tuple[int, ...]) -> None:
        super().__init__(f"another consumer has advanced the ledger of partitions {list(partitions)}")
        self.partitions = partitions


_COUNTS = "persisted, duplicates, dead_lettered, gaps, lost, vanished, written_off"


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


async def earlier(connection: Connection, source: Source) -> EarlierBooks | None:
    """The group's books of the topic that had this name last before `source`; None where there was none."""
    rows = await connection.fetch(
        "SELECT topic_id, partition, next_offset, updated_at FROM ledger"
        " WHERE (consumer_group, topic) = ($1, $2) AND topic_id <> $3 ORDER BY partition",
        source.group,
        source.topic,
        source.topic_id,
    )
    if not rows:
        return None
    last = max(rows, key=lambda row: row["updated_at"])
    offsets = {row["partition"]: row["next_offset"] for row in rows if row["topic_id"] == last["topic_id"]}
    return EarlierBooks(last["topic_id"], last["updated_at"], offsets)


async def write_off(connection: Connection, source: Source) -> int:
    """Write off every record lost so far; how many were not before."""
    rows = await connection.fetch(
        "UPDATE ledger l SET written_off = l.lost FROM ledger before"
        " WHERE (l.consumer_group, l.topic, l.topic_id) = ($1, $2, $3) AND l.written_off < l.lost"
        " AND (before.consumer_group, before.topic, before.topic_id, before.partition)"
        " = (l.consumer_group, l.topic, l.topic_id, l.partition)"
        " RETURNING l.lost - before.written_off AS new",
        source.group,
        source.topic,
        source.topic_id,
    )
    return sum(row["new"] for row in rows)


async def others(connection: Connection, source: Source) -> dict[Source, datetime]:
    """Whose books besides those of `source` moved within the last hour, and when last."""
    rows = await connection.fetch(
        "SELECT consumer_group, topic, topic_id, max(updated_at) AS moved_at FROM ledger"
        " WHERE (consumer_group, topic, topic_id) <> ($1, $2, $3) AND updated_at > now() - interval '1 hour'"
        " GROUP BY consumer_group, topic, topic_id",
        source.group,
        source.topic,
        source.topic_id,
    )
    return {Source(row["consumer_group"], row["topic"], row["topic_id"]): row["moved_at"] for row in rows}


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
    await _keep_epochs(connection, source, steps)


async def epochs(connection: Connection, source: Source, partition: int) -> list[EpochStart]:
    """The leader epochs that the partition's account has read of, the oldest first."""
    rows = await connection.fetch(
        "SELECT leader_epoch, first_offset FROM ledger_epochs"
        " WHERE (consumer_group, topic, topic_id, partition) = ($1, $2, $3, $4) ORDER BY leader_epoch",
        source.group,
        source.topic,
        source.topic_id,
        partition,
    )
    return [EpochStart(*row) for row in rows]


async def rewind(connection: Connection, source: Source, step: Rewind) -> None:
    """Go back to where the log that was read and the log that is there divide, in the caller's transaction.

    What was stored of the vanished records stays; what is known of their offsets is forgotten, since others take them.
    Raises OffsetMoved as `advance` does.
    """
    place = (source.group, source.topic, source.topic_id, step.partition)
    moved = await connection.fetchval(
        "UPDATE ledger SET next_offset = $6, vanished = vanished + $5 - $6, updated_at = now()"
        " WHERE (consumer_group, topic, topic_id, partition) = ($1, $2, $3, $4) AND next_offset = $5"
        " RETURNING partition",
        *place,
        step.expected,
        step.next,
    )
    if moved is None:
        raise OffsetMoved((step.partition,))
    for table, column in (("ledger_epochs", "first_offset"), ("dead_letters", '"offset"')):
        await connection.execute(
            f"DELETE FROM {table} WHERE (consumer_group, topic, topic_id, partition) = ($1, $2, $3, $4)"
            f" AND {column} >= $5",
            *place,
            step.next,
        )


async def _keep_epochs(connection: Connection, source: Source, steps: Sequence[Advance]) -> None:
    new = [(step.partition, *epoch) for step in steps for epoch in step.epochs]
    if new:
        await connection.executemany(
            "INSERT INTO ledger_epochs (consumer_group, topic, topic_id, partition, leader_epoch, first_offset)"
            " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
            [(source.group, source.topic, source.topic_id, *each) for each in new],
        )
