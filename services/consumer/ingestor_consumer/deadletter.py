"""The dead-letter topic: a record that cannot be stored goes there whole, with its reason and origin."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

import structlog
from confluent_kafka import KafkaError, KafkaException, Producer

from ingestor_common import records
from ingestor_common.kafka import client_config
from ingestor_common.settings import KafkaSettings
from ingestor_common.store.ledger import Source
from ingestor_consumer.batch import KafkaMessage, Letter

log = structlog.get_logger(__name__)

DELIVERY_SECONDS: Final = 5.0

OnDelivery = Callable[[KafkaError | None, object], None]

_ORIGIN: Final = frozenset({records.REQUEST_ID_HEADER, records.TRACEPARENT_HEADER})


class NotDelivered(RuntimeError):
    """The dead-letter topic did not take the records; they have to be sent again."""


def headers(source: Source, letter: Letter, now: datetime) -> records.Headers:
    """The record's own headers and the dead letter's."""
    return [
        *_own_headers(letter.message),
        (records.DLQ_REASON_HEADER, letter.refusal.reason.encode()),
        (records.DLQ_ERROR_HEADER, letter.refusal.error.encode()),
        (records.DLQ_TOPIC_HEADER, source.topic.encode()),
        (records.DLQ_PARTITION_HEADER, str(letter.partition).encode()),
        (records.DLQ_OFFSET_HEADER, str(letter.offset).encode()),
        (records.DLQ_TIME_HEADER, now.isoformat().encode()),
    ]


class DeadLetters:
    """A producer to the dead-letter topic."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._topic: Final = settings.dead_letter_topic
        self._producer: Final = Producer(
            client_config(settings, "ingestor-consumer-dead-letters")
            | {
                "enable.idempotence": True,
                "delivery.timeout.ms": int(DELIVERY_SECONDS * 1000),
                "linger.ms": 0,
                # What a broker let in must get out again, with the headers that are added.
                "message.max.bytes": 64 * 1024 * 1024,
                "log_level": 2,
            }
        )

    async def send(self, source: Source, letters: Sequence[Letter]) -> None:
        """Returns when the brokers have acknowledged all `letters`.

        Raises NotDelivered if any was not acknowledged; some may have been then, and will be there twice.
        """
        failures: list[str] = []

        def delivered(error: KafkaError | None, _: object) -> None:
            if error is not None:
                failures.append(error.str())

        now = datetime.now(UTC)
        for letter in letters:
            self._produce(letter, headers(source, letter, now), delivered)
        remaining = await asyncio.to_thread(self._producer.flush, DELIVERY_SECONDS + 1)
        if failures or remaining:
            raise NotDelivered(f"{self._topic}: {failures[0] if failures else 'no acknowledgement in time'}")
        for letter in letters:
            _announce(letter)

    def _produce(self, letter: Letter, headers: records.Headers, delivered: OnDelivery) -> None:
        message = letter.message
        try:
            self._producer.produce(
                self._topic, value=message.value(), key=message.key(), headers=[*headers], on_delivery=delivered
            )
        except (KafkaException, BufferError) as error:
            raise NotDelivered(f"{self._topic}: {error}") from error


def _own_headers(message: KafkaMessage) -> records.Headers:
    own = message.headers() or []
    pairs = own.items() if isinstance(own, dict) else own
    return [(name, value.encode() if isinstance(value, str) else value or b"") for name, value in pairs]


def _announce(letter: Letter) -> None:
    # The request's id and trace lead from here to the sender's own logs.
    origin = {name: value.decode(errors="replace") for name, value in _own_headers(letter.message) if name in _ORIGIN}
    log.warning(
        "record dead-lettered",
        partition=letter.partition,
        offset=letter.offset,
        reason=letter.refusal.reason,
        error=letter.refusal.error,
        **{name.replace("-", "_"): value for name, value in origin.items()},
    )
