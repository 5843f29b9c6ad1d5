"""The offsets that groups have committed."""

import asyncio

from confluent_kafka import Consumer, TopicPartition

from ingestor_operator.kafka.credentials import ClientConfig
from ingestor_operator.scaling import UNCOMMITTED


class CommittedOffsets:
    """Asks for a group's committed offsets by a consumer that joins nothing.

    Not by the admin client: librdkafka's crashes the process where a broker answers that it is not the group's
    coordinator (librdkafka issue 5040), as it does for a group that is new.
    """

    def __init__(self, config: ClientConfig, timeout: float) -> None:
        """`timeout` is in seconds, for one question."""
        self._config = config
        self._timeout = timeout
        self._readers: dict[str, Consumer] = {}

    async def of(self, group: str, topic: str, partitions: int) -> dict[int, int]:
        """The offsets by partition, UNCOMMITTED where there is none; a partition with an error is left out.

        Raises KafkaException where Kafka does not answer.
        """
        if group not in self._readers:
            self._readers[group] = self._reader(group)
        return await asyncio.to_thread(self._ask, self._readers[group], topic, partitions)

    async def once(self, group: str, topic: str, partitions: int) -> dict[int, int]:
        """The same for a group that is not asked about again: its consumer is closed."""
        reader = self._reader(group)
        try:
            return await asyncio.to_thread(self._ask, reader, topic, partitions)
        finally:
            await asyncio.to_thread(reader.close)

    def _reader(self, group: str) -> Consumer:
        return Consumer({**self._config, "group.id": group, "enable.auto.commit": False})

    def _ask(self, reader: Consumer, topic: str, partitions: int) -> dict[int, int]:
        places = [TopicPartition(topic, number) for number in range(partitions)]
        found = reader.committed(places, self._timeout)
        return {
            place.partition: place.offset if place.offset >= 0 else UNCOMMITTED for place in found if not place.error
        }
