"""Which records of a topic went to the dead-letter topic, so that a sender who asks is told."""

from collections.abc import Sequence
from dataclasses import dataclass

from ingestor_common.store.ledger import Source
from ingestor_common.store.pool import Connection


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record that could not be stored. `reason` is a word of a small vocabulary, `error` says what was wrong."""

    partition: int
    offset: int
    reason: str
    error: str


async def record(connection: Connection, source: Source, letters: Sequence[DeadLetter]) -> None:
    """Note the letters, in the transaction that moves their offsets."""
    await connection.executemany(
        'INSERT INTO dead_letters (consumer_group, topic, topic_id, partition, "offset", reason, error)'
        " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
        [
            (
                source.group,
                source.topic,
                source.topic_id,
                letter.partition,
                letter.offset,
                letter.reason,
                letter.error,
            )
            for letter in letters
        ],
    )


async def find(connection: Connection, source: Source, partition: int, offset: int) -> DeadLetter | None:
    """What is known of the record at this place, if it was dead-lettered."""
    row = await connection.fetchrow(
        'SELECT partition, "offset", reason, error FROM dead_letters'
        ' WHERE (consumer_group, topic, topic_id, partition, "offset") = ($1, $2, $3, $4, $5)',
        source.group,
        source.topic,
        source.topic_id,
        partition,
        offset,
    )
    return None if row is None else DeadLetter(*row)
