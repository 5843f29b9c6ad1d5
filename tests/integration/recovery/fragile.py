"""A Kafka that is lost with its disks, and replaced by an empty one at the same address."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from integration.stack import running_kafka

from ingestor_dev.embedded.kafka import EmbeddedKafka


class FragileKafka:
    """Running from the start, until it is lost."""

    def __init__(self) -> None:
        self._running = ExitStack()
        self._broker: EmbeddedKafka = self._running.enter_context(running_kafka())

    @property
    def bootstrap(self) -> str:
        return self._broker.bootstrap

    def lose(self) -> None:
        """End it, and delete all that it had."""
        self._running.close()

    def replace(self) -> None:
        """Start an empty one."""
        self._broker = self._running.enter_context(running_kafka(port=self._broker.config.port))


@contextmanager
def fragile_kafka() -> Iterator[FragileKafka]:
    """A Kafka that tests lose."""
    kafka = FragileKafka()
    try:
        yield kafka
    finally:
        kafka.lose()
