"""The dead-letter topic: a record that cannot be stored goes there whole, with its reason and origin."""

import asyncio
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import structlog
from confluent_kafka import KafkaError, KafkaException, Producer

from ingestor_common import records
from ingestor_common.delivery import doubt
from ingestor_common.kafka import KafkaMessage, client_config
from ingestor_common.kafka_log.inflation import Malformed
from ingestor_common.kafka_log.record_sets import RecordSet
from ingestor_common.records import AnyHeaders
from ingestor_common.settings import KafkaSettings
from ingestor_common.store.ledger import Source
from ingestor_consumer.batch import Letter

log = structlog.get_logger(__name__)

DELIVERY_SECONDS: Final = 5.0
_POLL_SECONDS: Final = 0.1
_CLOSE_SECONDS: Final = 2.0

CUT_BYTES: Final = 64 * 1024
"""What is kept of a value, a key and the record's own headers that the dead-letter topic does not take whole."""

WHOLE_BYTES: Final = 8 * 1024 * 1024
"""Larger values go there cut in any case: sending one takes three times its memory."""

_LEAST_BYTES: Final = 1024
"""What is kept where it does not even take that."""

_ORIGIN: Final = frozenset({records.REQUEST_ID_HEADER, records.TRACEPARENT_HEADER})


class NotDelivered(RuntimeError):
    """The dead-letter topic did not take the records; they have to be sent again."""


def headers(source: Source, letter: Letter, now: datetime, own: AnyHeaders, more: str = "") -> AnyHeaders:
    """`own`, which are the record's, and the dead letter's; `more` is said after the error."""
    ours = {
        records.DLQ_REASON_HEADER: letter.refusal.reason,
        records.DLQ_ERROR_HEADER: letter.refusal.error + more,
        records.DLQ_TOPIC_HEADER: source.topic,
        records.DLQ_PARTITION_HEADER: str(letter.partition),
        records.DLQ_OFFSET_HEADER: str(letter.record.offset),
        records.DLQ_TIME_HEADER: now.isoformat(),
        records.DLQ_TIMESTAMP_HEADER: str(max(letter.record.time_ms, -1)),
    }
    return [*own, *((name, ours[name].encode()) for name in records.DEAD_LETTER_HEADERS)]


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
        self._ends_at = math.inf

    def close(self) -> None:
        """Wait for no report any longer than a moment: the process is to end, and threads that wait would keep it."""
        self._ends_at = time.monotonic() + _CLOSE_SECONDS

    async def send(self, source: Source, letters: Sequence[Letter]) -> None:
        """Returns when the brokers have acknowledged all `letters`.

        A record that is too large for the dead-letter topic goes there cut, and says so: it must not hold its partition
        for good. Raises NotDelivered if any was not acknowledged; some may have been then, and will be there twice.
        """
        too_large = await self._deliver([_whole(source, letter) for letter in letters])
        for size in (CUT_BYTES, _LEAST_BYTES):
            too_large = await self._deliver([_cut(source, sending.letter, size) for sending in too_large])
        if too_large:
            raise NotDelivered(f"{self._topic}: does not even take records of {_LEAST_BYTES} bytes")
        for letter in letters:
            _announce(letter)

    async def _deliver(self, sendings: Sequence["_Sending"]) -> list["_Sending"]:
        """Send; gives those that the brokers, or the client itself, found too large."""
        if not sendings:
            return []
        outcome = _Outcome()
        try:
            for sending in sendings:
                self._produce(sending, outcome)
            await asyncio.to_thread(self._wait_for_reports, self._producer, outcome, len(sendings))
        except (KafkaException, BufferError) as error:
            self._replace_if_failed(error)
            raise NotDelivered(f"{self._topic}: {error}") from error
        # Counted by what is proved, since a report may also be missing altogether.
        if len(outcome.delivered) + len(outcome.too_large) < len(sendings):
            raise NotDelivered(f"{self._topic}: {(outcome.failures or ['no acknowledgement in time'])[0]}")
        return outcome.too_large

    def _wait_for_reports(self, producer: Producer, outcome: "_Outcome", count: int) -> None:
        """Serve delivery reports until those of `outcome` have come, or the time is over. Raises KafkaException."""
        limit = time.monotonic() + DELIVERY_SECONDS + 1
        while outcome.count() < count and time.monotonic() < min(limit, self._ends_at):
            producer.poll(_POLL_SECONDS)

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
    headers: AnyHeaders


@dataclass(slots=True)
class _Outcome:
    """How the deliveries of some letters ended."""

    delivered: list[_Sending] = field(default_factory=list)
    too_large: list[_Sending] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def count(self) -> int:
        """How many have ended."""
        return len(self.delivered) + len(self.too_large) + len(self.failures)

    def note(self, sending: _Sending, error: KafkaError | None, report: KafkaMessage) -> None:
        # Partitions send side by side, and whichever thread polls is called with the reports of all.
        if error is not None and error.code() == KafkaError.MSG_SIZE_TOO_LARGE:
            self.too_large.append(sending)
        elif (why := doubt(error, report)) is not None:
            self.failures.append(why)
        else:
            self.delivered.append(sending)


def _is_fatal(error: KafkaError) -> bool:
    """poll() raises what happened, marked as fatal; produce(), from then on, only that something had."""
    return error.fatal() or error.code() == KafkaError._FATAL


def _whole(source: Source, letter: Letter) -> _Sending:
    value, key = _value(letter), _key(letter)
    if _headers_bytes(letter) > CUT_BYTES or (value is not None and len(value) > WHOLE_BYTES):
        return _cut(source, letter)
    return _Sending(
        letter,
        None if value is None else bytes(value),
        key,
        headers(source, letter, datetime.now(UTC), _own_headers(letter)),
    )


def _cut(source: Source, letter: Letter, size: int = CUT_BYTES) -> _Sending:
    """The beginning of the letter, and words that say so."""
    value, key = _value(letter), _key(letter)
    said = []
    if value is not None and len(value) > size:
        said.append(f"only the first {size} of {len(value)} bytes are kept here")
    if key is not None and len(key) > size:
        said.append(f"only the first {size} of the key's {len(key)} bytes are kept here")
    if has_too_many := _headers_bytes(letter) > size:
        said.append("the record's {} headers of {} bytes are not kept here".format(*_headers_size(letter)))
    own = [] if has_too_many else _own_headers(letter)
    return _Sending(
        letter,
        None if value is None else bytes(value[:size]),
        None if key is None else key[:size],
        headers(source, letter, datetime.now(UTC), own, f" ({'; '.join(said)})" if said else ""),
    )


def _value(letter: Letter) -> bytes | memoryview | None:
    raw = letter.record.raw
    return raw.raw if isinstance(raw, RecordSet) else raw.value


def _key(letter: Letter) -> bytes | None:
    raw = letter.record.raw
    return None if isinstance(raw, RecordSet) else raw.key()


def _own_headers(letter: Letter) -> AnyHeaders:
    """The record's headers, as far as they can be sent on: a name that is not UTF-8 is spelled out."""
    raw = letter.record.raw
    if isinstance(raw, RecordSet):
        return []
    try:
        return [(name.decode("utf-8", "backslashreplace"), value) for name, value in raw.headers()]
    except Malformed:
        return []


def _headers_bytes(letter: Letter) -> int:
    raw = letter.record.raw
    return 0 if isinstance(raw, RecordSet) else raw.end - raw.headers_at


def _headers_size(letter: Letter) -> tuple[int, int]:
    raw = letter.record.raw
    return (0, 0) if isinstance(raw, RecordSet) else raw.headers_size()


def _announce(letter: Letter) -> None:
    # The request's id and trace lead from here to the sender's own logs.
    origin = {
        name: (value or b"").decode(errors="replace") for name, value in _origin_headers(letter) if name in _ORIGIN
    }
    log.warning(
        "record dead-lettered",
        partition=letter.partition,
        offset=letter.record.offset,
        last_offset=letter.record.last_offset,
        reason=letter.refusal.reason,
        error=letter.refusal.error,
        **{name.replace("-", "_"): value for name, value in origin.items()},
    )


def _origin_headers(letter: Letter) -> AnyHeaders:
    return _own_headers(letter) if _headers_bytes(letter) <= CUT_BYTES else []
