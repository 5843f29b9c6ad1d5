"""Which records of a topic went to the dead-letter topic, so that a sender who asks is told."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from ingestor_common.store.ledger import Source
from ingestor_common.store.pool import Connection


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record that could not be stored. `reason` is a word of a small vocabulary, `error` says what was wrong.

    `last_offset` is set where it stands for more than one: a record set that could not be read. `session_id` and
    `event_id` are what the record says of itself, None where that cannot be read.
    """

    partition: int
    offset: int
    reason: str
    error: str
    last_offset: int | None = None
    session_id: UUID | None = None
    event_id: str | None = None

    def may_be(self, session_id: UUID, event_id: str) -> bool:
        """Whether nothing that is known of the record says that it is another event's."""
        return self.session_id in (None, session_id) and self.event_id in (None, event_id)


async def record(connection: Connection, source: Source, letters: Sequence[DeadLetter]) -> None:
    """Note the letters, in the transaction that moves their offsets."""
    await connection.executemany(
        'INSERT INTO dead_letters (consumer_group, topic, topic_id, partition, "offset", reason, error,'
        " last_offset, session_id, event_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING",
        [
            (
                source.group,
                source.topic,
                source.topic_id,
                letter.partition,
                letter.offset,
                letter.reason,
                letter.error,
                letter.last_offset,
                letter.session_id,
                letter.event_id,
            )
            for letter in letters
        ],
    )


async def find(connection: Connection, source: Source, partition: int, offset: int) -> DeadLetter | None:
    """What is known of the record at this place, if it was dead-lettered."""
    row = await connection.fetchrow(
        'SELECT partition, "offset", reason, error, last_offset, session_id, event_id FROM dead_letters'
        ' WHERE (consumer_group, topic, topic_id, partition) = ($1, $2, $3, $4) AND "offset" <= $5'
        ' ORDER BY "offset" DESC LIMIT 1',
        source.group,
        source.topic,
        source.topic_id,
        partition,
        offset,
    )
    if row is None:
        return None
    letter = DeadLetter(*row)
    if letter.session_id is not None:
        # Our pools read UUIDs as text.
        letter = replace(letter, session_id=UUID(str(letter.session_id)))
    return letter if offset in _span(letter) else None


def _span(letter: DeadLetter) -> range:
    return range(letter.offset, (letter.last_offset or letter.offset) + 1)
