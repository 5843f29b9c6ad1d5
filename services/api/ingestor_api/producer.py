"""The way into Kafka: one idempotent producer, its acknowledgements brought back to the event loop in batches."""

import asyncio
import contextlib
import logging
import threading
from functools import partial
from typing import Any, Final

import structlog
from confluent_kafka import KafkaError, KafkaException, Producer

from ingestor_api.breaker import Breaker
from ingestor_api.deadlines import Deadlines
from ingestor_api.receipts import KafkaReceipt, Undelivered
from ingestor_common.delivery import doubt, wait_for_reports
from ingestor_common.kafka import KafkaMessage, client_config
from ingestor_common.records import Headers
from ingestor_common.settings import KafkaSettings

log = structlog.get_logger(__name__)

DELIVERY_SECONDS: Final = 2.0
_POLL_SECONDS: Final = 0.2
_PROBE_SECONDS: Final = 1.0
_PROBE_TICK_SECONDS: Final = 0.1
_LAST_REPORTS_SECONDS: Final = 1.0

Delivery = asyncio.Future[KafkaReceipt]
_Outcome = tuple[Delivery, KafkaError | None, KafkaMessage]


def _producer_config(settings: KafkaSettings) -> dict[str, Any]:
    return client_config(settings, "ingestor-api") | {
        "enable.idempotence": True,
        "acks": "all",
        "linger.ms": 2,
        "compression.type": "lz4",
        "message.timeout.ms": int(DELIVERY_SECONDS * 1000),
        "socket.timeout.ms": 10_000,
        # The partition that Java's clients choose for the same key, so that a session has one, whoever produces.
        "partitioner": "murmur2_random",
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
        self._producer = self._connect()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._poll_until_stopped, name="kafka-poll", daemon=True)
        self._thread.start()
        self._prober = asyncio.create_task(self._probe_when_due())

    def send(self, key: bytes, value: bytes, headers: Headers) -> Delivery:
        """Hand a record over, dated now. The delivery ends within the deadline: a receipt, or Undelivered.

        While the breaker is open it ends at once.
        """
        delivery: Delivery = self._loop.create_future()
        if not self.breaker.permits():
            delivery.set_exception(Undelivered("Kafka is not available"))
            return delivery
        try:
            self._producer.produce(
                self._topic, value, key, headers=list(headers), on_delivery=partial(self._on_delivery, delivery)
            )
        except (BufferError, KafkaException) as error:
            self.breaker.failed()
            delivery.set_exception(Undelivered(str(error)))
        else:
            self._deadlines.watch(delivery)
        return delivery

    def in_flight(self) -> int:
        """Records handed over and not yet acknowledged or given up."""
        return len(self._producer)

    async def stop(self) -> None:
        """Wait for what was handed over, up to its deadline, then end the poll thread."""
        await self._deadlines.wait()
        self._prober.cancel()
        self._stopping.set()
        await asyncio.to_thread(self._thread.join)

    def _connect(self) -> Producer:
        config = _producer_config(self._settings) | {
            "error_cb": self._on_error,
            "logger": logging.getLogger("ingestor_api.kafka"),
        }
        return Producer(config)

    async def _probe_when_due(self) -> None:
        while True:
            if self.breaker.probe_due():
                self.breaker.probed(await asyncio.to_thread(self._answers, self._producer))
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

    # In the poll thread.

    def _poll_until_stopped(self) -> None:
        while not self._stopping.is_set():
            self._poll()
            if self._outcomes:
                outcomes, self._outcomes = self._outcomes, []
                self._loop.call_soon_threadsafe(self._settle, outcomes)
        with contextlib.suppress(KafkaException):
            wait_for_reports(self._producer, _LAST_REPORTS_SECONDS)

    def _poll(self) -> None:
        try:
            self._producer.poll(_POLL_SECONDS)
        except KafkaException as fatal:
            # Fatal errors come this way only, never to the error callback.
            self._replace(fatal)

    def _on_delivery(self, delivery: Delivery, error: KafkaError | None, message: KafkaMessage) -> None:
        self._outcomes.append((delivery, error, message))

    def _on_error(self, error: KafkaError) -> None:
        if error.code() == KafkaError._ALL_BROKERS_DOWN:
            self._loop.call_soon_threadsafe(self._gone)

    def _replace(self, fatal: KafkaException) -> None:
        """An idempotent producer that met a fatal error never sends again; a new one does."""
        log.error("kafka producer failed for good, starting another", error=str(fatal))
        self._producer = self._connect()
        self._loop.call_soon_threadsafe(self._gone)

    # In the event loop.

    def _settle(self, outcomes: list[_Outcome]) -> None:
        successes = failures = 0
        for delivery, error, message in outcomes:
            # What was given up has counted as a failure; that it arrived late does not make Kafka fast.
            if delivery.done():
                continue
            why = doubt(error, message)
            if why is None:
                successes += 1
                delivery.set_result(_receipt(message))
            else:
                failures += 1
                delivery.set_exception(Undelivered(why))
        if successes:
            self.breaker.succeeded()
        if failures:
            self.breaker.failed(failures)

    def _gone(self) -> None:
        """No broker is connected: those that wait need not wait for their deadline."""
        log.warning("kafka is unreachable", brokers=self._settings.kafka_brokers)
        self.breaker.trip()
        self._producer.purge(in_queue=True, in_flight=False, blocking=False)
        self._deadlines.fail_all()


def _receipt(message: KafkaMessage) -> KafkaReceipt:
    topic, partition, offset = message.topic(), message.partition(), message.offset()
    assert topic is not None and partition is not None and offset is not None  # noqa: S101, PT018  it is in the log
    return KafkaReceipt(topic, partition, offset)


def _overdue() -> Exception:
    return Undelivered(f"no acknowledgement within {DELIVERY_SECONDS:g} s")
