"""Reads stretches of the events' log as the consumer does: by its record sets, of which some cannot be read.

librdkafka would read sets that the consumer refuses, damaged ones too, since it does not look at their checksums.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from itertools import islice
from typing import Final

from confluent_kafka.admin import AdminClient

from ingestor_admin.reading import Stretch
from ingestor_common.kafka import client_config
from ingestor_common.kafka_log.inflation import Malformed, TooLarge, inflate
from ingestor_common.kafka_log.judging import LARGEST_SET_BYTES, Reach, judge
from ingestor_common.kafka_log.leader import Fetched, Leader, LeaderFault, find_leaders
from ingestor_common.kafka_log.record_sets import RecordSet
from ingestor_common.kafka_log.records import LogRecord, read_records
from ingestor_common.settings import KafkaSettings

_BATCH: Final = 1_000
_KAFKA_SECONDS: Final = 10.0
_FETCH_SECONDS: Final = 0.5
_SILENCE_SECONDS: Final = 10.0


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


async def read_log(
    settings: KafkaSettings, stretches: Mapping[int, Stretch]
) -> AsyncIterator[list[LogRecord | RecordSet]]:
    """The records of the stretches, up to a thousand at a time, one partition after the other.

    Raises LeaderFault where a leader gives nothing for 10 s, and KafkaException.
    """
    admin = AdminClient(client_config(settings, "ingestor-admin") | {"log_level": 0})
    for partition, stretch in stretches.items():
        reading, reach = StretchReading(stretch), Reach()
        heard = time.monotonic()
        while not reading.is_over:
            try:
                leaders = await asyncio.to_thread(find_leaders, admin, settings.kafka_topic, _KAFKA_SECONDS)
                leader = await Leader.connect(settings, leaders, partition)
                try:
                    async for records in _read_from(leader, reading, reach):
                        yield records
                        heard = time.monotonic()
                finally:
                    await leader.close()
            except LeaderFault:
                # Another broker may lead by now, and one that waits long for us closes the connection.
                if time.monotonic() - heard > _SILENCE_SECONDS:
                    raise
                await asyncio.sleep(_FETCH_SECONDS)


async def _read_from(
    leader: Leader, reading: StretchReading, reach: Reach
) -> AsyncIterator[list[LogRecord | RecordSet]]:
    heard = time.monotonic()
    while not reading.is_over:
        before = reading.position
        fetched = await leader.fetch(before, size=reach.size, wait=_FETCH_SECONDS)
        pieces = reading.read(fetched, reach.is_end)
        while records := list(islice(pieces, _BATCH)):
            yield records
        reach.note(fetched, before, reading.position)
        if fetched.bytes:
            heard = time.monotonic()
        elif time.monotonic() - heard > _SILENCE_SECONDS:
            raise LeaderFault(f"no records from offset {before} on for {_SILENCE_SECONDS:g} s")
