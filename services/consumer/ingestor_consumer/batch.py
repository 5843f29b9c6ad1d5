"""What travels through the consumer: the records of a poll, by partition, each with what became of it so far."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeAlias

from ingestor_common.events import Event
from ingestor_common.kafka import KafkaMessage
from ingestor_common.store.ledger import Source
from ingestor_consumer.decoding import REFUSED_BY_DATABASE, Refusal, refusal

Place: TypeAlias = tuple[int, int]
"""A record's partition and offset."""


class Record(NamedTuple):
    """A record read. `time` is the record's own timestamp, in seconds since 1970; `message` is it as it came."""

    offset: int
    time: float
    content: Event | Refusal
    message: KafkaMessage


class Letter(NamedTuple):
    """A record on its way to the dead-letter topic: where it came from, why, and itself."""

    partition: int
    offset: int
    refusal: Refusal
    message: KafkaMessage


@dataclass(frozen=True, slots=True)
class Part:
    """What was read of one partition: the offsets from `first` to before `next`, of which some may hold no record.

    `epoch` tells one holding of the partition from the next: a part whose epoch is over must not be stored.
    """

    partition: int
    epoch: int
    first: int
    next: int
    records: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class Batch:
    """Parts of different partitions of one topic, stored together."""

    source: Source
    parts: tuple[Part, ...]

    def only(self, held: Callable[[Part], bool]) -> "Batch":
        """The parts that are `held`."""
        if all(held(part) for part in self.parts):
            return self
        return replace(self, parts=tuple(part for part in self.parts if held(part)))

    def events(self) -> list[Event]:
        """The records that are events, as far as is known."""
        return [record.content for part in self.parts for record in part.records if isinstance(record.content, Event)]

    def letters(self) -> list[Letter]:
        """The records that cannot be stored."""
        return [
            Letter(part.partition, record.offset, record.content, record.message)
            for part in self.parts
            for record in part.records
            if isinstance(record.content, Refusal)
        ]

    def refusing(self, errors: Mapping[int, str]) -> "Batch":
        """The same with these events, by their index in `events()`, turned into refusals by the database."""
        place_of = self._places()
        refused = {place_of[index]: refusal(REFUSED_BY_DATABASE, error) for index, error in errors.items()}
        return replace(self, parts=tuple(_with(part, refused) for part in self.parts))

    def _places(self) -> list[Place]:
        return [
            (part.partition, record.offset)
            for part in self.parts
            for record in part.records
            if isinstance(record.content, Event)
        ]


def _with(part: Part, refused: Mapping[Place, Refusal]) -> Part:
    return replace(
        part,
        records=tuple(
            record._replace(content=refused.get((part.partition, record.offset), record.content))
            for record in part.records
        ),
    )
