"""Records and batches for the tests of the pure parts."""

from datetime import UTC, datetime
from uuid import UUID

from record_sets import WrittenRecord, WrittenSet

from ingestor_common.events import Event
from ingestor_common.kafka_log.record_sets import split
from ingestor_common.kafka_log.records import LogRecord, read_records
from ingestor_common.records import value_of
from ingestor_common.store.ledger import Source
from ingestor_consumer.batch import Batch, Record
from ingestor_consumer.decoding import Refusal

NOW = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
SOURCE = Source("group", "events", "topic-id")
BAD = b"no event"


def event(number: int) -> Event:
    """The same event for the same number."""
    return Event(
        event_id=f"e{number}",
        event_type="SESSION_STARTED" if number % 2 else "SESSION_ENDED",
        timestamp=datetime(2026, 9, 1, 8, 0, tzinfo=UTC),
        session_id=UUID(int=1),
        quiz_id=UUID(int=2),
        classroom_id=UUID(int=3),
    )


def log_record(offset: int, written: WrittenRecord) -> LogRecord:
    """A record as it is read from the log."""
    [record_set] = split(WrittenSet(offset, [written]).encode())
    return next(read_records(record_set, record_set.body))


def record(offset: int, content: Event | Refusal, last_offset: int | None = None) -> Record:
    value = value_of(content) if isinstance(content, Event) else BAD
    last = offset if last_offset is None else last_offset
    return Record(offset, last, 1_000, content, log_record(offset, WrittenRecord(0, value)))


def batch(first: int, next_offset: int, contents: dict[int, Event | Refusal], partition: int = 0) -> Batch:
    """A batch of these records by offset."""
    records = tuple(record(offset, content) for offset, content in sorted(contents.items()))
    return Batch(SOURCE, partition, first, next_offset, records)
