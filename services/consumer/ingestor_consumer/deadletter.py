"""The dead-letter topic: a record that cannot be stored goes there whole, with its reason and origin."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import structlog
from confluent_kafka import KafkaError, KafkaException, Producer

from ingestor_common import records
from ingestor_common.delivery import doubt, wait_for_reports
from ingestor_common.kafka import KafkaMessage, client_config
from ingestor_common.settings import KafkaSettings
from ingestor_common.store.ledger import Source
from ingestor_consumer.batch import Letter

log = structlog.get_logger(__name__)

DELIVERY_SECONDS: Final = 5.0

CUT_BYTES: Final = 64 * 1024
"""What is kept of a value, a key and the record's own headers that the dead-letter topic does not take whole."""

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
        self._config: Final = client_config(settings, "ingestor-consumer-dead-letters") | {
            "enable.idempotence": True,
            "delivery.timeout.ms": int(DELIVERY_SECONDS * 1000),
            "linger.ms": 0,
            "message.max.bytes": records.MAX_DEAD_LETTER_BYTES,
            "log_level": 2,
        }
        self._producer = Producer(self._config)

    async def send(self, source: Source, letters: Sequence[Letter]) -> None:
        """Returns when the brokers have acknowledged all `letters`.

        A record that is too large for the dead-letter topic goes there cut, and says so: it must not hold its partition
        for good. Raises NotDelivered if any was not acknowledged; some may have been then, and will be there twice.
        """
        too_large = await self._deliver([_whole(source, letter) for letter in letters])
        if too_large and await self._deliver([_cut(source, sending.letter) for sending in too_large]):
            raise NotDelivered(f"{self._topic}: does not even take records of {CUT_BYTES} bytes")
        for letter in letters:
            _announce(letter)

    async def _deliver(self, sendings: Sequence["_Sending"]) -> list["_Sending"]:
        """Send; gives those that the brokers, or the client itself, found too large."""
        outcome = _Outcome()
        try:
            for sending in sendings:
                self._produce(sending, outcome)
            await asyncio.to_thread(wait_for_reports, self._producer, DELIVERY_SECONDS + 1)
        except (KafkaException, BufferError) as error:
            self._replace_if_failed(error)
            raise NotDelivered(f"{self._topic}: {error}") from error
        # Counted by what is proved, since a report may also be missing altogether.
        if outcome.delivered + len(outcome.too_large) < len(sendings):
            raise NotDelivered(f"{self._topic}: {(outcome.failures or ['no acknowledgement in time'])[0]}")
        return outcome.too_large

    def _produce(self, sending: "_Sending", outcome: "_Outcome") -> None:
        def delivered(error: KafkaError | None, report: KafkaMessage) -> None:
            outcome.note(sending, error, report)

        try:
            self._producer.produce(
                self._topic,
                value=sending.value,
                key=sending.key,
                headers=[*sending.headers],
                on_delivery=delivered,
            )
        except KafkaException as error:
            if error.args[0].code() != KafkaError.MSG_SIZE_TOO_LARGE:
                raise
            # Beyond what the client itself sends: a compressed record may be larger than any broker's bound.
            outcome.too_large.append(sending)

    def _replace_if_failed(self, error: KafkaException | BufferError) -> None:
        """An idempotent producer that met a fatal error never sends again; a new one does."""
        if isinstance(error, KafkaException) and _is_fatal(error.args[0]):
            log.error("producer of dead letters failed for good, starting another", error=str(error))
            self._producer = Producer(self._config)


@dataclass(frozen=True, slots=True)
class _Sending:
    """What is sent of a letter."""

    letter: Letter
    value: bytes | None
    key: bytes | None
    headers: records.Headers


@dataclass(slots=True)
class _Outcome:
    """How the deliveries of some letters ended."""

    delivered: int = 0
    too_large: list[_Sending] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def note(self, sending: _Sending, error: KafkaError | None, report: KafkaMessage) -> None:
        if error is not None and error.code() == KafkaError.MSG_SIZE_TOO_LARGE:
            self.too_large.append(sending)
        elif (why := doubt(error, report)) is not None:
            self.failures.append(why)
        else:
            self.delivered += 1


def _is_fatal(error: KafkaError) -> bool:
    """poll() raises what happened, marked as fatal; produce(), from then on, only that something had."""
    return error.fatal() or error.code() == KafkaError._FATAL


def _whole(source: Source, letter: Letter) -> _Sending:
    message = letter.message
    return _Sending(letter, message.value(), message.key(), headers(source, letter, datetime.now(UTC)))


def _cut(source: Source, letter: Letter) -> _Sending:
    """The beginning of the letter, and words that say so."""
    value, key, own = letter.message.value(), letter.message.key(), _own_headers(letter.message)
    said = []
    if value is not None and len(value) > CUT_BYTES:
        said.append(f"only the first {CUT_BYTES} of {len(value)} bytes are kept here")
    if key is not None and len(key) > CUT_BYTES:
        said.append(f"only the first {CUT_BYTES} of the key's {len(key)} bytes are kept here")
    if too_many := _size(own) > CUT_BYTES:
        said.append(f"the record's {len(own)} headers of {_size(own)} bytes are not kept here")
    words = "; ".join(said)
    told = letter._replace(refusal=letter.refusal._replace(error=f"{letter.refusal.error} ({words})"))
    kept = headers(source, told, datetime.now(UTC))
    return _Sending(
        letter,
        None if value is None else value[:CUT_BYTES],
        None if key is None else key[:CUT_BYTES],
        kept[len(own) :] if too_many else kept,
    )


def _size(headers: records.Headers) -> int:
    return sum(len(name) + len(value) for name, value in headers)


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
