"""Records and batches for the tests of the pure parts."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from confluent_kafka import KafkaError, Message

from ingestor_common.events import Event
from ingestor_common.records import value_of
from ingestor_common.store.ledger import Source
from ingestor_consumer.batch import Batch, Part, Record
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


def message(partition: int, offset: int, value: bytes | None, **more: Any) -> "Message[Any, Any]":
    """A record as Kafka gives it, with the timestamp 1970-01-01 00:00:01."""
    return Message(topic=SOURCE.topic, partition=partition, offset=offset, value=value, timestamp=(1, 1_000), **more)


def log_end(partition: int, offset: int) -> "Message[Any, Any]":
    """What Kafka gives at the end of a log."""
    error = KafkaError(KafkaError._PARTITION_EOF)
    return Message(topic=SOURCE.topic, partition=partition, offset=offset, error=error)


def record(partition: int, offset: int, content: Event | Refusal) -> Record:
    value = value_of(content) if isinstance(content, Event) else BAD
    return Record(offset, 1.0, content, message(partition, offset, value))


def part(partition: int, first: int, next_offset: int, contents: dict[int, Event | Refusal]) -> Part:
    """A part of these records by offset, under epoch 1."""
    records = tuple(record(partition, offset, content) for offset, content in sorted(contents.items()))
    return Part(partition, 1, first, next_offset, records)


def batch(*parts: Part) -> Batch:
    return Batch(SOURCE, parts)
