"""Reads a stretch of a topic from its start to its end, as nobody's member and leaving no offsets behind."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from ingestor_common.kafka import KafkaMessage, about, client_config
from ingestor_common.settings import KafkaSettings

_POLL_SECONDS: Final = 0.1
_SILENCE_SECONDS: Final = 10.0
_BATCH: Final = 1_000


@dataclass(frozen=True, slots=True)
class Stretch:
    """Offsets of a partition: from `start` to before `end`."""

    start: int
    end: int

    @property
    def empty(self) -> bool:
        return self.start >= self.end


def read(settings: KafkaSettings, topic: str, stretches: Mapping[int, Stretch]) -> Iterator[list[KafkaMessage]]:
    """The records of the stretches, some hundreds at a time; those of a partition in order.

    Raises KafkaException, also when Kafka gives nothing for 10 s.
    """
    ends = {partition: stretch.end for partition, stretch in stretches.items() if not stretch.empty}
    consumer = Consumer(client_config(settings, "ingestor-admin") | _CONFIG)
    try:
        consumer.assign([TopicPartition(topic, partition, stretches[partition].start) for partition in ends])
        heard = time.monotonic()
        while ends:
            messages = consumer.consume(_BATCH, _POLL_SECONDS)
            if messages:
                heard = time.monotonic()
            elif time.monotonic() - heard > _SILENCE_SECONDS:
                silence = f"no records of {topic} for {_SILENCE_SECONDS:g} s"
                raise KafkaException(KafkaError(KafkaError._TIMED_OUT, silence))
            found = [message for message in messages if _belongs(message, ends)]
            if found:
                yield found
    finally:
        consumer.close()


_CONFIG: Final = {
    # Required by the client; it is never joined, and nothing is committed.
    "group.id": "ingestor-admin",
    "enable.auto.commit": False,
    "auto.offset.reset": "error",
    "isolation.level": "read_committed",
    # The end of a stretch may be offsets that hold no record.
    "enable.partition.eof": True,
    "log_level": 0,
}


def _belongs(message: KafkaMessage, ends: dict[int, int]) -> bool:
    """Whether it is a record of a stretch; forgets the partitions whose stretch it shows to be over."""
    error = message.error()
    if error is not None and error.code() == KafkaError.GROUP_AUTHORIZATION_FAILED:
        # The client asks for its group, which is never joined: no right to it is needed.
        return False
    partition, offset = message.partition() or 0, message.offset() or 0
    end = ends.get(partition)
    if end is None:
        return False
    if error is not None:
        if error.code() != KafkaError._PARTITION_EOF:
            raise about(f"topic {message.topic()}", KafkaException(error))
        if offset >= end:
            ends.pop(partition)
        return False
    if offset + 1 >= end:
        ends.pop(partition)
    return offset < end
