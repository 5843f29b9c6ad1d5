"""One Kafka client's life as a member of the group: it polls, answers rebalances, and starts and stops partitions.

Runs in the Kafka thread only, the callbacks too: librdkafka calls them from within `consume`.
"""

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

import structlog
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from ingestor_common.settings import KafkaSettings
from ingestor_consumer import kafka_logs
from ingestor_consumer.assignment import Assignment
from ingestor_consumer.batch import Batch
from ingestor_consumer.channel import Channel, Read
from ingestor_consumer.membership import Protocol, consumer_config
from ingestor_consumer.reader import Fault, Reader

log = structlog.get_logger(__name__)

BATCH_RECORDS: Final = 2_000
BATCH_SECONDS: Final = 0.05

DRAIN_SECONDS: Final = 5.0
"""How long a revoked partition may keep the group waiting for its last batches to be stored."""

_COMMIT_SECONDS: Final = 2.0
_CLOSE_SECONDS: Final = 2.0

_OFFSET_GONE: Final = frozenset(
    {KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE, KafkaError._LOG_TRUNCATION}
)


class SessionOver(RuntimeError):
    """librdkafka has given this client up; a new one is needed."""


class Session:
    """A member of the group from `__init__` to `close`."""

    def __init__(self, settings: KafkaSettings, protocol: Protocol, assignment: Assignment, channel: Channel) -> None:
        self._topic: Final = settings.kafka_topic
        self._assignment: Final = assignment
        self._channel: Final = channel
        self._reader: Final = Reader()
        self._closing = False
        self._consumer: Final = Consumer(
            consumer_config(settings, protocol) | {"on_commit": _committed},
            logger=kafka_logs.logger(),
        )
        self._consumer.subscribe([self._topic], on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._lost)
        assignment.member_id = self._consumer.memberid()

    def poll(self) -> Batch | None:
        """The next batch, if there is one within 50 ms. Serves rebalances and orders on the way.

        Raises SessionOver.
        """
        self._stop_what_is_over()
        for order in self._channel.orders():
            self._read(order)
        messages = self._consumer.consume(BATCH_RECORDS, BATCH_SECONDS)
        if self._channel.held_back:
            # Positions stay where they are, and reading starts over from them: nothing here may be passed over.
            messages = [message for message in messages if message.error() is not None]
            messages = [message for message in messages if not _is_end(message.error())]
        batch, faults = self._reader.take(messages, datetime.now(UTC))
        for fault in faults:
            self._report(fault)
        return batch

    def hold_back(self) -> None:
        """Fetch nothing until `go_on`; membership and rebalances go on."""
        if not self._channel.held_back:
            self._channel.held_back = True
            self._consumer.pause(self._places(self._reader.positions()))

    def go_on(self) -> None:
        """Fetch again, from where it was."""
        if self._channel.held_back:
            self._channel.held_back = False
            for partition, offset in self._reader.positions().items():
                self._fetch_from(partition, offset)

    def commit(self, wait: bool = False) -> None:
        """Tell Kafka what was stored. The ledger is the truth; this is for the tools that show a group's lag."""
        held = set(self._assignment.partitions())
        stored = {place: offset for place, offset in self._channel.take_stored().items() if place in held}
        if not stored:
            return
        offsets = [TopicPartition(self._topic, partition, offset) for partition, offset in stored.items()]
        if wait:
            _within(_COMMIT_SECONDS, lambda: self._commit_and_wait(offsets))
        else:
            self._consumer.commit(offsets=offsets, asynchronous=True)

    def close(self, drain: bool) -> None:
        """Store and commit what was read if `drain`, then leave the group."""
        if drain and not self._channel.drain(DRAIN_SECONDS):
            log.warning("stopping without having stored everything that was read; it will be read again")
        self.commit(wait=True)
        self._closing = True
        _within(_CLOSE_SECONDS, self._consumer.close)
        self._assignment.leave()

    def _read(self, order: Read) -> None:
        if self._assignment.holds(order.partition, order.epoch):
            self._reader.start(order.source, order.partition, order.epoch, order.offset)
            if not self._channel.held_back:
                self._fetch_from(order.partition, order.offset)

    def _fetch_from(self, partition: int, offset: int) -> None:
        # Not seek(): it is refused for a partition whose last offset the log did not have. Fetches that are under way
        # are dropped by librdkafka with the old assignment of the partition.
        place = [TopicPartition(self._topic, partition, offset)]
        self._consumer.incremental_unassign(place)
        self._consumer.incremental_assign(place)
        self._consumer.resume(place)

    def _stop_what_is_over(self) -> None:
        over = [
            partition
            for partition, epoch in self._reader.epochs().items()
            if not self._assignment.holds(partition, epoch)
        ]
        if over:
            self._reader.stop(over)
            held = self._assignment.partitions()
            self._consumer.pause(self._places({partition: 0 for partition in over if partition in held}))

    def _assigned(self, consumer: Consumer, places: list[TopicPartition]) -> None:
        # Assigned at any offset and paused, until the ledger has said where to read from.
        consumer.incremental_assign([TopicPartition(self._topic, place.partition, 0) for place in places])
        if places:
            consumer.pause(places)
        self._assignment.give(place.partition for place in places)
        log.info("partitions assigned", partitions=[place.partition for place in places])
        self._channel.ask_to_open()

    def _revoked(self, consumer: Consumer, places: list[TopicPartition]) -> None:
        if not self._closing:
            drained = self._channel.drain(DRAIN_SECONDS)
            self.commit(wait=True)
            log.info("partitions revoked", partitions=[place.partition for place in places], drained=drained)
        self._give_up(consumer, places)

    def _lost(self, consumer: Consumer, places: list[TopicPartition]) -> None:
        # Others may have them already: what was read and not stored is theirs, and the ledger refuses it from us.
        log.warning("partitions lost", partitions=[place.partition for place in places])
        self._give_up(consumer, places)

    def _give_up(self, consumer: Consumer, places: list[TopicPartition]) -> None:
        partitions = [place.partition for place in places]
        self._assignment.take(partitions)
        self._reader.stop(partitions)
        consumer.incremental_unassign(places)

    def _report(self, fault: Fault) -> None:
        code = fault.error.code()
        if code == KafkaError._FATAL:
            raise SessionOver(fault.error.str())
        if code in _OFFSET_GONE and fault.partition is not None:
            epoch = self._reader.epochs().get(fault.partition)
            if epoch is not None:
                log.warning("offset not in the log", partition=fault.partition, error=fault.error.str())
                self._assignment.reopen(fault.partition, epoch)
                self._channel.ask_to_open()
            return
        log.warning("kafka reports", error=fault.error.name(), text=fault.error.str(), partition=fault.partition)

    def _places(self, positions: Mapping[int, int]) -> list[TopicPartition]:
        return [TopicPartition(self._topic, partition) for partition in positions]

    def _commit_and_wait(self, offsets: list[TopicPartition]) -> None:
        try:
            self._consumer.commit(offsets=offsets, asynchronous=False)
        except KafkaException as error:
            _committed(error.args[0], offsets)


def _within(seconds: float, call: Callable[[], None]) -> None:
    """Wait so long for a call that librdkafka would let wait for a broker that is gone, without limit."""
    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    thread.join(seconds)


def _is_end(error: KafkaError | None) -> bool:
    return error is not None and error.code() == KafkaError._PARTITION_EOF


def _committed(error: KafkaError | None, places: list[TopicPartition]) -> None:
    if error is not None:
        log.info("offsets not committed to Kafka; the ledger has them", error=str(error))
