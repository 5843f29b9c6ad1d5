"""Putting records into Kafka as other teams' producers do, with every acknowledgement looked at."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from confluent_kafka import KafkaError, Producer

from ingestor_common.delivery import doubt
from ingestor_common.kafka import EVENTS_PARTITIONER, KafkaMessage

_FLUSH_SECONDS = 30.0


class RecordSender:
    """A producer whose `flush` fails where a record was refused: librdkafka's own also returns when one was dropped."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._producer = Producer({"partitioner": EVENTS_PARTITIONER, **config})
        self._sent = 0
        self._doubts: list[str | None] = []

    def put(self, topic: str, value: bytes | None, key: bytes | None = None, **options: Any) -> None:
        """Hand over one record; `options` are those of `Producer.produce`."""
        self._sent += 1
        self._producer.produce(topic, value, key, on_delivery=self._delivered, **options)
        self._producer.poll(0)

    def flush(self) -> None:
        """Return when all that was handed over is acknowledged.

        Raises:
            AssertionError: records were refused, or not acknowledged within half a minute.
        """
        self._producer.flush(_FLUSH_SECONDS)
        assert len(self._doubts) == self._sent, f"{self._sent - len(self._doubts)} records without an answer"
        refused = Counter(why for why in self._doubts if why is not None)
        assert not refused, refused

    def _delivered(self, error: KafkaError | None, message: KafkaMessage) -> None:
        self._doubts.append(doubt(error, message))
