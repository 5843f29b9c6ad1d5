"""The producer in use, and those it took the place of, which still wait for acknowledgements."""

import contextlib
import threading
from collections.abc import Callable
from typing import Final

import structlog
from confluent_kafka import KafkaException, Producer

from ingestor_api.batch_bytes import LARGEST
from ingestor_common.delivery import wait_for_reports

log = structlog.get_logger(__name__)

_POLL_SECONDS: Final = 0.2
_POLL_SECONDS_WITH_RETIRED: Final = 0.01


class Producers:
    """librdkafka's settings are fixed once a producer is made: another batch size is another producer.

    `connect` makes one, given the bytes of its batches. Only one thread polls; any may replace.
    """

    def __init__(self, connect: Callable[[int], Producer]) -> None:
        self._connect = connect
        self._lock = threading.Lock()
        self._retired: list[Producer] = []
        self.batch_bytes = LARGEST
        self.current = connect(LARGEST)

    def __len__(self) -> int:
        """Records handed over and not yet acknowledged or given up."""
        return len(self.current) + sum(len(producer) for producer in self._retired)

    def fit(self, batch_bytes: int) -> None:
        """From now on send batches of at most so many bytes."""
        if batch_bytes == self.batch_bytes:
            return
        log.info("the producer's batches change", bytes=batch_bytes, before=self.batch_bytes)
        producer = self._connect(batch_bytes)
        with self._lock:
            self._retired.append(self.current)
            self.current = producer
            self.batch_bytes = batch_bytes

    def poll(self) -> KafkaException | None:
        """Serve acknowledgements for a moment. Gives the error where the producer failed for good and was replaced."""
        producer = self.current
        try:
            producer.poll(_POLL_SECONDS_WITH_RETIRED if self._retired else _POLL_SECONDS)
        except KafkaException as fatal:
            # Fatal errors come this way only, never to the error callback.
            self._replace(producer)
            return fatal
        self._poll_retired()
        return None

    def purge(self) -> None:
        """Give up what is still waiting to be sent."""
        for producer in (self.current, *self._retired):
            producer.purge(in_queue=True, in_flight=False, blocking=False)

    def finish(self, seconds: float) -> None:
        """Serve the last acknowledgements, for at most so many seconds a producer."""
        for producer in (self.current, *self._retired):
            with contextlib.suppress(KafkaException):
                wait_for_reports(producer, seconds)

    def _replace(self, failed: Producer) -> None:
        with self._lock:
            if self.current is failed:
                self.current = self._connect(self.batch_bytes)

    def _poll_retired(self) -> None:
        for producer in list(self._retired):
            try:
                producer.poll(0)
                is_done = len(producer) == 0
            except KafkaException as fatal:
                log.warning("a producer that was replaced failed", error=str(fatal))
                is_done = True
            if is_done:
                with self._lock:
                    self._retired.remove(producer)
