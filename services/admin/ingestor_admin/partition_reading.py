"""Reads a stretch of one partition as the consumer does: by its record sets, of which some cannot be read.

librdkafka would read sets that the consumer refuses, damaged ones too, since it does not look at their checksums.
"""

from collections.abc import AsyncGenerator, Iterator
from itertools import islice
from typing import Final

from confluent_kafka import KafkaError

from ingestor_admin.reading import Stretch
from ingestor_admin.span import Bound, find_stretch
from ingestor_common.kafka_log.inflation import Malformed, TooLarge, inflate
from ingestor_common.kafka_log.judging import LARGEST_SET_BYTES, Reach, judge
from ingestor_common.kafka_log.leader import Fetched, Leader, LeaderFault, LogRange
from ingestor_common.kafka_log.record_sets import RecordSet
from ingestor_common.kafka_log.records import LogRecord, read_records

Records = list[LogRecord | RecordSet]
RecordsInTurn = AsyncGenerator[Records, None]

_BATCH: Final = 1_000
_FETCH_SECONDS: Final = 0.5


class StretchReading:
    """A stretch's place in the log. `position` is the offset that comes next."""

    def __init__(self, stretch: Stretch) -> None:
        self.position = stretch.start
        self._end: Final = stretch.end

    @property
    def is_over(self) -> bool:
        return self.position >= self._end

    def read(self, fetched: Fetched, is_end: bool) -> Iterator[LogRecord | RecordSet]:
        """The records that `fetched` has of the stretch, and each set that cannot be read, or not to its end."""
        for record_set, last, fault, is_empty in judge(fetched, is_end):
            if self.is_over:
                return
            if last < self.position:
                continue
            if fault is not None:
                yield record_set
            elif not is_empty:
                yield from self._read_set(record_set)
            self.position = last + 1

    def _read_set(self, record_set: RecordSet) -> Iterator[LogRecord | RecordSet]:
        try:
            data = inflate(record_set.codec, record_set.body, LARGEST_SET_BYTES)
            for record in read_records(record_set, data):
                if self.position <= record.offset < self._end:
                    yield record
        except (TooLarge, Malformed):
            yield record_set


class PartitionReading:
    """A partition's stretch, and why not all of it is read.

    `rest` is what is not given and settled yet, None where that could not be asked; `gone` is what retention removed
    before it was read; `stop` says why the partition does not get on at present.
    """

    def __init__(self, partition: int) -> None:
        self.partition: Final = partition
        self.rest: Stretch | None = None
        self.gone: list[Stretch] = []
        self.stop: str | None = None
        self._reach: Final = Reach()

    @property
    def is_over(self) -> bool:
        return self.rest is not None and self.rest.empty

    async def open(self, leader: Leader, start: Bound | None, end: Bound | None) -> None:
        """Note what is to be read. Raises LeaderFault."""
        self.rest = await find_stretch(leader, start, end)
        self.stop = None

    async def read(self, leader: Leader) -> RecordsInTurn:
        """The records of the rest, up to a thousand at a time, to its end or to where `stop` says why not.

        Who asks for more has settled what was given before. Raises LeaderFault.
        """
        while self.rest is not None and not self.rest.empty:
            try:
                fetched = await leader.fetch(self.rest.start, size=self._reach.size, wait=_FETCH_SECONDS)
            except LeaderFault as fault:
                if fault.code != KafkaError.OFFSET_OUT_OF_RANGE:
                    raise
                self.rest = self._step_over_gone(self.rest, await leader.log_range())
                continue
            before, reading = self.rest.start, StretchReading(self.rest)
            pieces = reading.read(fetched, self._reach.is_end)
            while records := list(islice(pieces, _BATCH)):
                yield records
                self.rest = Stretch(max(before, _settled_before(records[-1])), self.rest.end)
            self.rest = Stretch(reading.position, self.rest.end)
            self._reach.note(fetched, before, reading.position)
            self.stop = None if fetched.bytes else _why_nothing_came(fetched, before)
            if self.stop is not None:
                return

    def _step_over_gone(self, rest: Stretch, log: LogRange) -> Stretch:
        """What is left of the rest. Raises LeaderFault where the log's start is not ahead of it."""
        if log.start <= rest.start:
            raise LeaderFault(_lost_end(log.end))
        start = min(log.start, rest.end)
        self.gone.append(Stretch(rest.start, start))
        return Stretch(start, rest.end)


def _settled_before(record: LogRecord | RecordSet) -> int:
    # Of a set that cannot be read, some records may have been given before it.
    return record.base_offset if isinstance(record, RecordSet) else record.offset + 1


def _why_nothing_came(fetched: Fetched, position: int) -> str:
    if fetched.stable_end <= position < fetched.log_end:
        return (
            f"a producer has not ended its transaction, and nothing behind its beginning, offset {fetched.stable_end}, "
            "may be read; Kafka ends it after its transaction.timeout.ms"
        )
    if fetched.log_end <= position:
        return _lost_end(fetched.log_end)
    return "its leader gives no records"


def _lost_end(log_end: int) -> str:
    return f"the log ends at offset {log_end} now: brokers have lost what was behind it"
