"""What travels through the consumer: the records read of one partition, each with what became of it so far."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from ingestor_common.events import Event
from ingestor_common.kafka_log.record_sets import RecordSet
from ingestor_common.kafka_log.records import LogRecord
from ingestor_common.store.ledger import EpochStart, Source
from ingestor_consumer.decoding import EXPIRED, Refusal, refusal


class Record(NamedTuple):
    """A record read, or a record set that could not be: then it stands for all offsets up to `last_offset`.

    `time_ms` is the record's own timestamp, in milliseconds since 1970, -1 where it has none; `raw` is it as it came.
    """

    offset: int
    last_offset: int
    time_ms: int
    content: Event | Refusal
    raw: LogRecord | RecordSet

    @property
    def time(self) -> float | None:
        """The same in seconds."""
        return self.time_ms / 1000 if self.time_ms >= 0 else None

    @property
    def span(self) -> int:
        """The offsets that it stands for."""
        return self.last_offset - self.offset + 1


class Letter(NamedTuple):
    """A record on its way to the dead-letter topic, and why."""

    partition: int
    record: Record
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class Batch:
    """What was read of one partition: the offsets from `first` to before `next`, of which some may hold no record."""

    source: Source
    partition: int
    first: int
    next: int
    records: tuple[Record, ...]
    epochs: tuple[EpochStart, ...] = ()
    """The leader epochs that begin in it."""

    def events(self) -> list[Event]:
        """The records that are events, as far as is known."""
        return [record.content for record in self.records if isinstance(record.content, Event)]

    def letters(self) -> list[Letter]:
        """The records that cannot be stored."""
        return [
            Letter(self.partition, record, record.content)
            for record in self.records
            if isinstance(record.content, Refusal)
        ]

    def halves(self) -> "tuple[Batch, Batch]":
        """The batch in two, cut in the middle of its events: at least two of them."""
        places = [number for number, record in enumerate(self.records) if isinstance(record.content, Event)]
        return self.split(places[len(places) // 2])

    def split(self, records: int) -> "tuple[Batch, Batch]":
        """The batch in two: its first `records`, and the others, of which there is at least one."""
        cut = self.records[records].offset
        return (
            replace(
                self, next=cut, records=self.records[:records], epochs=tuple(e for e in self.epochs if e.offset < cut)
            ),
            replace(
                self, first=cut, records=self.records[records:], epochs=tuple(e for e in self.epochs if e.offset >= cut)
            ),
        )

    def refuse(self, refusals: Mapping[int, Refusal]) -> "Batch":
        """The same with the events at these offsets refused."""
        return replace(
            self,
            records=tuple(
                record._replace(content=refusals.get(record.offset, record.content)) for record in self.records
            ),
        )

    def refuse_before(self, mark: datetime) -> "Batch":
        """The same with the events that are older than `mark` refused, since retention has dropped their month."""
        why = refusal(EXPIRED, f"older than {mark.isoformat()}: retention has dropped the events before that")
        return self.refuse(
            {
                record.offset: why
                for record in self.records
                if isinstance(record.content, Event) and record.content.timestamp < mark
            }
        )
