"""Where each partition is being read, and how the messages of a poll become a batch. No client in it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from confluent_kafka import KafkaError

from ingestor_common.kafka import KafkaMessage
from ingestor_common.store.ledger import Source
from ingestor_consumer.batch import Batch, Part, Record
from ingestor_consumer.decoding import decode


class Fault(NamedTuple):
    """What Kafka reports among the messages. `partition` is None where it is about the whole client."""

    partition: int | None
    error: KafkaError


@dataclass(slots=True)
class _Position:
    epoch: int
    next: int


@dataclass(slots=True)
class _Run:
    """What a poll brought of one partition."""

    position: _Position
    first: int
    records: list[Record] = field(default_factory=list)


class Reader:
    """The positions of the partitions that are being read from one incarnation of a topic."""

    def __init__(self) -> None:
        self._source: Source | None = None
        self._positions: dict[int, _Position] = {}

    def start(self, source: Source, partition: int, epoch: int, offset: int) -> None:
        """Read `partition` from `offset`."""
        self._source = source
        self._positions[partition] = _Position(epoch, offset)

    def stop(self, partitions: Iterable[int]) -> None:
        """Messages of these are of no interest any more."""
        for partition in partitions:
            self._positions.pop(partition, None)

    def positions(self) -> dict[int, int]:
        """The next offset of each partition being read."""
        return {partition: position.next for partition, position in self._positions.items()}

    def epochs(self) -> dict[int, int]:
        """The epoch under which each partition is being read."""
        return {partition: position.epoch for partition, position in self._positions.items()}

    def take(self, messages: list[KafkaMessage], now: datetime) -> tuple[Batch | None, list[Fault]]:
        """The poll's messages as a batch (None if they move nothing) and the faults among them.

        Positions move to behind them. Messages of partitions that are not read, or from before the position, are
        dropped: they were on their way when the partition was taken or set back.
        """
        runs: dict[int, _Run] = {}
        faults: list[Fault] = []
        for message in messages:
            error = message.error()
            if error is None:
                self._take_record(message, now, runs)
            elif error.code() == KafkaError._PARTITION_EOF:
                self._take_end(message, runs)
            else:
                faults.append(Fault(message.partition(), error))
        return self._batch(runs), faults

    def _take_record(self, message: KafkaMessage, now: datetime, runs: dict[int, _Run]) -> None:
        run = self._run(message, runs)
        offset = message.offset() or 0
        if run is None or offset < run.position.next:
            return
        run.records.append(Record(offset, _time(message, now), decode(message.value(), now), message))
        run.position.next = offset + 1

    def _take_end(self, message: KafkaMessage, runs: dict[int, _Run]) -> None:
        # The log's end may lie behind the last record: transaction markers hold offsets too.
        run = self._run(message, runs)
        if run is not None:
            run.position.next = max(run.position.next, message.offset() or 0)

    def _run(self, message: KafkaMessage, runs: dict[int, _Run]) -> _Run | None:
        partition = message.partition()
        if partition is None:
            return None
        run = runs.get(partition)
        if run is None and (position := self._positions.get(partition)) is not None:
            run = runs[partition] = _Run(position, position.next)
        return run

    def _batch(self, runs: dict[int, _Run]) -> Batch | None:
        parts = tuple(
            Part(partition, run.position.epoch, run.first, run.position.next, tuple(run.records))
            for partition, run in sorted(runs.items())
            if run.position.next > run.first
        )
        return Batch(self._source, parts) if parts and self._source is not None else None


def _time(message: KafkaMessage, now: datetime) -> float:
    kind, milliseconds = message.timestamp()
    # Records of very old producers carry no timestamp.
    return milliseconds / 1000 if kind else now.timestamp()
