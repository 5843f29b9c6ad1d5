"""The offsets that groups have committed."""

import time
from collections.abc import Iterable

from confluent_kafka import Consumer, KafkaException, TopicPartition

from ingestor_common.kafka_groups.groups import COORDINATOR_MOVES
from ingestor_operator.kafka.credentials import ClientConfig
from ingestor_operator.kafka.threads import drop_in_thread, in_thread
from ingestor_operator.scaling import UNCOMMITTED

_PAUSE = 0.2
"""Seconds after which the coordinator is asked again."""


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
        reader = self._kept(group)
        return await in_thread(lambda: self._ask(reader, topic, partitions))

    async def metadata(self, group: str, topics: Iterable[str]) -> dict[str, str]:
        """What the group has committed as metadata on the first partition of each topic; a topic without is left out.

        Raises KafkaException where Kafka does not answer, or refuses to tell of a topic.
        """
        places = [TopicPartition(topic, 0) for topic in topics]
        reader = self._kept(group)
        found = await in_thread(lambda: self._committed(reader, places))
        for place in found:
            if place.error:
                raise KafkaException(place.error)
        return {place.topic: place.metadata for place in found if place.metadata}

    async def set_metadata(self, group: str, topic: str, offset: int, metadata: str) -> None:
        """Commit the offset with that metadata on the first partition, as a group without members.

        Raises KafkaException where Kafka does not answer or refuses.
        """
        place = TopicPartition(topic, 0, offset, metadata=metadata)
        reader = self._kept(group)
        (done,) = await in_thread(lambda: reader.commit(offsets=[place], asynchronous=False) or [place])
        if done.error:
            raise KafkaException(done.error)

    def close(self) -> None:
        """Let the consumers go; what is asked just now fails or is answered."""
        drop_in_thread([self._readers.pop(group) for group in list(self._readers)])

    def _kept(self, group: str) -> Consumer:
        if group not in self._readers:
            self._readers[group] = self._reader(group)
        return self._readers[group]

    def _reader(self, group: str) -> Consumer:
        return Consumer(
            {
                **self._config,
                "group.id": group,
                "enable.auto.commit": False,
                # So long a commit waits for a coordinator; there is no session, for it joins nothing.
                "session.timeout.ms": round(self._timeout * 1000),
            }
        )

    def _ask(self, reader: Consumer, topic: str, partitions: int) -> dict[int, int]:
        places = [TopicPartition(topic, number) for number in range(partitions)]
        found = self._committed(reader, places)
        return {
            place.partition: place.offset if place.offset >= 0 else UNCOMMITTED for place in found if not place.error
        }

    def _committed(self, reader: Consumer, places: list[TopicPartition]) -> list[TopicPartition]:
        """The answer; asked again while the group's coordinator is being elected, as it is at a group's first use."""
        deadline = time.monotonic() + self._timeout
        while True:
            left = deadline - time.monotonic()
            try:
                return reader.committed(places, max(left, 0.1))
            except KafkaException as error:
                if error.args[0].code() not in COORDINATOR_MOVES or left < _PAUSE:
                    raise
                time.sleep(_PAUSE)
