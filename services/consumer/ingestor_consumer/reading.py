"""From the record sets of a partition to batches: what is read, what is passed over, and what cannot be read."""

from collections.abc import Iterator
from typing import Final

from ingestor_common.kafka_log.inflation import SCRATCH_BYTES, Malformed, TooLarge, inflate
from ingestor_common.kafka_log.judging import LARGEST_SET_BYTES, judge
from ingestor_common.kafka_log.leader import Fetched
from ingestor_common.kafka_log.record_sets import MAGIC, RecordSet
from ingestor_common.kafka_log.records import Buffer, LogRecord, read_records
from ingestor_common.store.ledger import EpochStart, Source
from ingestor_consumer.batch import Batch, Record
from ingestor_consumer.batch_size import MOST_RECORDS
from ingestor_consumer.decoding import UNREADABLE, decode, refusal

BATCH_RECORDS: Final = MOST_RECORDS
"""What is read together, of which the database is given as much at once as it takes."""
BATCH_BYTES: Final = 2 * 1024 * 1024
"""Uncompressed bytes of the record sets that a batch is taken from: they stay in memory until it is stored."""

SMALL_SET_BYTES: Final = SCRATCH_BYTES
"""A record set that is no larger uncompressed is read at once; a larger one only while no other is in memory."""


class Reading:
    """One partition's place in the log. `position` is the offset that comes next."""

    def __init__(self, source: Source, partition: int, position: int, leader_epoch: int) -> None:
        self._source: Final = source
        self._partition: Final = partition
        self.position = position
        self._leader_epoch = leader_epoch
        self._first = position
        self._records: list[Record] = []
        self._bytes = 0
        self._epochs: list[EpochStart] = []

    def read(self, fetched: Fetched, is_end: bool) -> Iterator[Batch | RecordSet | None]:
        """The batches that `fetched` gives; among them each record set that is too large to be read here, in its place:
        the caller passes it to `read_large` before it goes on; and None after each step, which is a record or a set:
        what one costs is known, but not what a set of them costs, so others may have their turn between any two.

        A last set that is damaged is left for the next fetch, unless `is_end` says that the log ends here.
        """
        for record_set, last, fault, is_empty in judge(fetched, is_end):
            if fault is not None:
                self._refuse(record_set, last, fault)
            elif record_set.next_offset > self.position:
                self._note_epoch(record_set)
                if is_empty:
                    self.position = record_set.next_offset
                else:
                    yield from self._read_set(record_set)
            yield None
        yield from self._finish()

    def read_large(self, record_set: RecordSet) -> Iterator[Batch | None]:
        """The batches of a record set that `read` has given."""
        try:
            data = inflate(record_set.codec, record_set.body, LARGEST_SET_BYTES)
        except (TooLarge, Malformed) as error:
            self._refuse(record_set, record_set.last_offset, str(error))
        else:
            yield from self._read_records(record_set, data)
        yield from self._finish()

    def _read_set(self, record_set: RecordSet) -> Iterator[Batch | RecordSet | None]:
        try:
            data = inflate(record_set.codec, record_set.body, SMALL_SET_BYTES)
        except TooLarge:
            yield from self._finish()
            yield record_set
        except Malformed as error:
            self._refuse(record_set, record_set.last_offset, str(error))
        else:
            yield from self._read_records(record_set, data)

    def _read_records(self, record_set: RecordSet, data: Buffer) -> Iterator[Batch | None]:
        self._bytes += len(data)
        # Inflating it was a step.
        yield None
        try:
            for raw in read_records(record_set, data):
                # A set may have a million records that were read before.
                if raw.offset >= self.position:
                    self._add(raw)
                    if len(self._records) >= BATCH_RECORDS:
                        yield from self._finish()
                        self._bytes = len(data)
                yield None
        except Malformed as error:
            self._refuse(record_set, record_set.last_offset, str(error))
        self.position = max(self.position, record_set.next_offset)
        if self._bytes >= BATCH_BYTES:
            yield from self._finish()

    def _note_epoch(self, record_set: RecordSet) -> None:
        # Of every set that is passed, also without a record: the books are behind it then.
        if record_set.leader_epoch > self._leader_epoch:
            self._leader_epoch = record_set.leader_epoch
            self._epochs.append(EpochStart(record_set.leader_epoch, max(self.position, record_set.base_offset)))

    def _add(self, raw: LogRecord) -> None:
        self._records.append(Record(raw.offset, raw.offset, raw.time, decode(raw.value, raw.time), raw))
        self.position = raw.offset + 1

    def _refuse(self, record_set: RecordSet, last: int, why: str) -> None:
        """From the position, or the set's beginning, to `last`: one record, which is the set as it is."""
        first = max(self.position, record_set.base_offset) if record_set.magic == MAGIC else self.position
        if last < first:
            return
        error = f"the record set of offsets {first} to {last} cannot be read: {why}"
        self._records.append(Record(first, last, record_set.max_time, refusal(UNREADABLE, error), record_set))
        self._bytes += len(record_set.raw)
        self.position = last + 1

    def _finish(self) -> Iterator[Batch]:
        if self.position == self._first:
            self._bytes = 0
            return
        # An epoch may be noted before its first set is read: then it begins in a later batch.
        epochs = tuple(epoch for epoch in self._epochs if epoch.offset < self.position)
        yield Batch(self._source, self._partition, self._first, self.position, tuple(self._records), epochs)
        self._epochs = self._epochs[len(epochs) :]
        self._first, self._records, self._bytes = self.position, [], 0
