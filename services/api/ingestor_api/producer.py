"""The way into Kafka: one idempotent producer, its acknowledgements brought back to the event loop in batches."""

import asyncio
import threading
from functools import cached_property, partial
from typing import Any, Final, NamedTuple

import structlog
from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient

from ingestor_api.breaker import Breaker, State
from ingestor_api.deadlines import Deadlines
from ingestor_api.producers import Producers
from ingestor_api.receipts import KafkaReceipt, RecordRefused, RecordTooLarge, Undelivered
from ingestor_api.record_refusals import Refusal, refusal_of
from ingestor_api.resending import Refused, Resending, headers_of_message
from ingestor_common import kafka_logs
from ingestor_common.delivery import doubt
from ingestor_common.kafka import KafkaMessage, client_config, max_message_bytes, producer_config
from ingestor_common.records import Headers
from ingestor_common.settings import KafkaSettings

log = structlog.get_logger(__name__)

DELIVERY_SECONDS: Final = 2.0
_PROBE_SECONDS: Final = 1.0
_PROBE_TICK_SECONDS: Final = 0.1
_LAST_REPORTS_SECONDS: Final = 1.0
_FAIR_SECONDS: Final = DELIVERY_SECONDS / 2
"""How long we must have been awake for a record that timed out to say anything of Kafka."""

Delivery = asyncio.Future[KafkaReceipt]


class _Sent(NamedTuple):
    """The delivery, the record's date (milliseconds since 1970), the bytes that its batch has at most, whether it is
    sent again, and when (`Deadlines.clock`)."""

    delivery: Delivery
    time_ms: int
    batch_bytes: int
    again: bool
    at: float


_Outcome = tuple[_Sent, KafkaError | None, KafkaMessage]


def _producer_config(settings: KafkaSettings) -> dict[str, Any]:
    return producer_config(settings, "ingestor-api") | {
        "linger.ms": 2,
        "compression.type": "lz4",
        "message.timeout.ms": int(DELIVERY_SECONDS * 1000),
        "socket.timeout.ms": 10_000,
        "queue.buffering.max.kbytes": 256 * 1024,
    }


class KafkaPath:
    """Sends records and tells the breaker how it goes. Made inside the event loop that it serves."""

    def __init__(self, settings: KafkaSettings, breaker: Breaker) -> None:
        self.breaker = breaker
        self._settings = settings
        self._topic = settings.kafka_topic
        self._loop = asyncio.get_running_loop()
        self._deadlines = Deadlines(DELIVERY_SECONDS, _overdue, breaker.failed)
        # Only the poll thread touches it: callbacks run inside poll().
        self._outcomes: list[_Outcome] = []
        self._producers = Producers(self._connect)
        self._resending = Resending(self._producers, self._limit, self._send_again)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._poll_until_stopped, name="kafka-poll", daemon=True)
        self._thread.start()
        self._prober = asyncio.create_task(self._probe_when_due())

    def send(self, key: bytes, value: bytes, headers: Headers, time_ms: int) -> Delivery:
        """Hand a record over, dated `time_ms` (since 1970): the consumer judges the event by that, as the caller did.

        librdkafka's own date may be earlier than that moment: it is cut to milliseconds, and clocks are set back.

        The delivery ends within the deadline: a receipt, or Undelivered. While the breaker is open it ends at once.
        """
        delivery: Delivery = self._loop.create_future()
        if not self.breaker.permits():
            delivery.set_exception(Undelivered("Kafka is not available"))
            return delivery
        sent = _Sent(delivery, time_ms, self._producers.batch_bytes, False, self._deadlines.clock())
        reported = partial(self._on_delivery, sent)
        try:
            self._producers.current.produce(
                self._topic, value, key, headers=list(headers), timestamp=time_ms, on_delivery=reported
            )
        except (BufferError, KafkaException) as error:
            self._not_taken(delivery, error)
        else:
            self._deadlines.watch(delivery)
        return delivery

    def in_flight(self) -> int:
        """Records handed over and not yet acknowledged or given up."""
        return len(self._producers)

    async def stop(self) -> None:
        """Wait for what was handed over, up to its deadline, then end the poll thread."""
        await self._deadlines.wait()
        self._prober.cancel()
        self._resending.stop()
        self._stopping.set()
        await asyncio.to_thread(self._thread.join)

    def _connect(self, batch_bytes: int) -> Producer:
        config = _producer_config(self._settings) | {
            "batch.size": batch_bytes,
            "error_cb": self._on_error,
            "logger": kafka_logs.logger(),
        }
        return Producer(config)

    async def _probe_when_due(self) -> None:
        while True:
            if self.breaker.probe_due():
                self.breaker.probed(await asyncio.to_thread(self._answers, self._producers.current))
            await asyncio.sleep(_PROBE_TICK_SECONDS)

    def _answers(self, producer: Producer) -> bool:
        """Whether Kafka has the topic and a leader for each partition."""
        try:
            topic = producer.list_topics(self._topic, timeout=_PROBE_SECONDS).topics[self._topic]
        except KafkaException:
            return False
        if topic.error is not None:
            log.warning("kafka topic is not usable", topic=self._topic, error=str(topic.error))
            return False
        return bool(topic.partitions) and all(part.leader >= 0 for part in topic.partitions.values())

    @cached_property
    def _admin(self) -> AdminClient:
        return AdminClient(client_config(self._settings, "ingestor-api") | {"log_level": 0})

    def _limit(self) -> int | None:
        """The largest batch that the topic takes, in bytes; None where Kafka does not say."""
        try:
            return max_message_bytes(self._admin, self._topic, _PROBE_SECONDS)
        except Exception as error:
            # Whatever it is, sending goes on with what is known.
            log.debug("the topic's max.message.bytes is not known", topic=self._topic, error=str(error))
            return None

    # In the poll thread.

    def _poll_until_stopped(self) -> None:
        while not self._stopping.is_set():
            fatal = self._producers.poll()
            if fatal is not None:
                # An idempotent producer that met a fatal error never sends again; another has taken its place.
                log.error("kafka producer failed for good, starting another", error=str(fatal))
                self._loop.call_soon_threadsafe(self._gone)
            if self._outcomes:
                outcomes, self._outcomes = self._outcomes, []
                self._loop.call_soon_threadsafe(self._settle, outcomes)
        self._producers.finish(_LAST_REPORTS_SECONDS)

    def _on_delivery(self, sent: _Sent, error: KafkaError | None, message: KafkaMessage) -> None:
        self._outcomes.append((sent, error, message))

    def _on_error(self, error: KafkaError) -> None:
        if error.code() == KafkaError._ALL_BROKERS_DOWN:
            self._loop.call_soon_threadsafe(self._gone)

    # In the event loop.

    def _settle(self, outcomes: list[_Outcome]) -> None:
        successes = failures = others = 0
        for sent, error, message in outcomes:
            # What was given up has counted as a failure; that it arrived late does not make Kafka fast.
            if sent.delivery.done():
                continue
            why = doubt(error, message)
            if why is None:
                successes += 1
                sent.delivery.set_result(_receipt(message))
            elif (refusal := refusal_of(error)) is not None:
                others += 1
                self._refused(refusal, Refused(sent.delivery, sent.time_ms, sent.batch_bytes, message), sent.again, why)
            else:
                if self._is_our_own_delay(sent, error):
                    others += 1
                else:
                    failures += 1
                sent.delivery.set_exception(Undelivered(why))
        if successes:
            self.breaker.succeeded()
        if others:
            self.breaker.inconclusive(others)
        if failures:
            self.breaker.failed(failures)

    def _is_our_own_delay(self, sent: _Sent, error: KafkaError | None) -> bool:
        """Whether the record's time was over because this process stood still, all its threads together."""
        timed_out = error is not None and error.code() == KafkaError._MSG_TIMED_OUT
        return timed_out and self._deadlines.clock() - sent.at < _FAIR_SECONDS

    def _refused(self, refusal: Refusal, refused: Refused, again: bool, why: str) -> None:
        """Go on with a record that Kafka did not take, which says nothing of the others."""
        if refusal is Refusal.SIZE:
            self._resending.add(refused)
        elif refusal is Refusal.NEIGHBOUR and not again:
            self._send_again(refused)
        else:
            refused.delivery.set_exception(RecordRefused(why))

    def _send_again(self, refused: Refused) -> None:
        """Send a refused record once more, within its first deadline and with its first date."""
        delivery, time_ms, _, message = refused
        if self.breaker.state is State.OPEN:
            delivery.set_exception(Undelivered("Kafka is not available"))
            return
        sent = _Sent(delivery, time_ms, self._producers.batch_bytes, True, self._deadlines.clock())
        reported = partial(self._on_delivery, sent)
        try:
            self._producers.current.produce(
                self._topic,
                message.value(),
                message.key(),
                headers=[*headers_of_message(message)],
                timestamp=time_ms,
                on_delivery=reported,
            )
        except (BufferError, KafkaException) as error:
            self._not_taken(delivery, error)

    def _not_taken(self, delivery: Delivery, error: BufferError | KafkaException) -> None:
        """End a delivery that librdkafka itself did not take."""
        cause = error.args[0] if isinstance(error, KafkaException) else None
        if refusal_of(cause) is Refusal.SIZE:
            self.breaker.inconclusive()
            delivery.set_exception(RecordTooLarge(None))
            return
        self.breaker.failed()
        delivery.set_exception(Undelivered(str(error)))

    def _gone(self) -> None:
        """No broker is connected: those that wait need not wait for their deadline."""
        log.warning("kafka is unreachable", brokers=self._settings.kafka_brokers)
        self.breaker.trip()
        self._producers.purge()
        self._deadlines.fail_all()


def _receipt(message: KafkaMessage) -> KafkaReceipt:
    topic, partition, offset = message.topic(), message.partition(), message.offset()
    assert topic is not None and partition is not None and offset is not None  # noqa: S101, PT018  it is in the log
    return KafkaReceipt(topic, partition, offset)


def _overdue() -> Exception:
    return Undelivered(f"no acknowledgement within {DELIVERY_SECONDS:g} s")
