"""Reads the partitions of the events' log, of which none stops another."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Final

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from ingestor_admin.partition_reading import PartitionReading, RecordsInTurn
from ingestor_admin.span import Bound
from ingestor_common.kafka import TopicFacts, TopicMissing, client_config, describe_topic, words
from ingestor_common.kafka_log.leader import Address, Leader, LeaderFault, find_leaders
from ingestor_common.settings import KafkaSettings

_KAFKA_SECONDS: Final = 10.0
_AGAIN_SECONDS: Final = 0.5
_SILENCE_SECONDS: Final = 10.0


class LogReading:
    """The reading of a topic's partitions: `open` it, then `read`; `partitions` say what was not read."""

    def __init__(self, settings: KafkaSettings, topic: TopicFacts) -> None:
        self._settings: Final = settings
        self._topic: Final = topic
        self._admin: Final = AdminClient(client_config(settings, "ingestor-admin") | {"log_level": 0})
        self.partitions: Final = [PartitionReading(partition) for partition in topic.partitions]

    async def open(self, start: Bound | None, end: Bound | None) -> None:
        """Note what each partition has between the bounds. One that cannot be asked for 10 s is left out."""
        limit = time.monotonic() + _SILENCE_SECONDS
        while True:
            waiting = [each for each in self.partitions if each.rest is None]
            await self._open_each(waiting, start, end)
            if all(each.rest for each in waiting) or time.monotonic() > limit:
                return
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _open_each(self, waiting: Sequence[PartitionReading], start: Bound | None, end: Bound | None) -> None:
        leaders = await self._find_leaders(waiting)
        if leaders is None:
            return
        for each in waiting:
            try:
                async with self._connect(leaders, each.partition) as leader:
                    await each.open(leader, start, end)
            except LeaderFault as fault:
                each.stop = str(fault)

    async def read(self) -> RecordsInTurn:
        """The records, up to a thousand at a time, one partition after the other.

        A partition that does not get on is tried again behind the others. The reading ends where none has got on for
        10 s.
        """
        heard = time.monotonic()
        while waiting := [each for each in self.partitions if each.rest and not each.rest.empty]:
            before = [each.rest for each in waiting]
            async with aclosing(self._read_each(waiting)) as found:
                async for records in found:
                    yield records
            if [each.rest for each in waiting] != before:
                heard = time.monotonic()
            elif time.monotonic() - heard > _SILENCE_SECONDS:
                return
            else:
                await asyncio.sleep(_AGAIN_SECONDS)

    async def _read_each(self, waiting: Sequence[PartitionReading]) -> RecordsInTurn:
        leaders = await self._find_leaders(waiting)
        if leaders is None:
            return
        for each in waiting:
            try:
                async with self._connect(leaders, each.partition) as leader, aclosing(each.read(leader)) as found:
                    async for records in found:
                        yield records
            except LeaderFault as fault:
                # Another broker may lead by now, and one that waits long for us closes the connection.
                each.stop = str(fault)

    async def _find_leaders(self, waiting: Sequence[PartitionReading]) -> dict[int, Address] | None:
        """Those of all partitions; None where nobody can say, which is why all that wait do not get on."""
        try:
            return await asyncio.to_thread(self._leaders)
        except (KafkaException, TopicMissing) as error:
            for each in waiting:
                each.stop = words(error)
            return None

    def _leaders(self) -> dict[int, Address]:
        topic = describe_topic(self._admin, self._topic.name, _KAFKA_SECONDS)
        if topic.topic_id != self._topic.topic_id:
            raise TopicMissing(f"topic {topic.name} was deleted and made again meanwhile")
        return find_leaders(self._admin, topic.name, _KAFKA_SECONDS)

    @asynccontextmanager
    async def _connect(self, leaders: Mapping[int, Address], partition: int) -> AsyncIterator[Leader]:
        leader = await Leader.connect(self._settings, leaders, partition)
        try:
            yield leader
        finally:
            await leader.close()
