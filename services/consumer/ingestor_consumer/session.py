"""One Kafka client's life as a member of the group: it answers rebalances, and commits what was stored.

Runs in the Kafka thread only, the callbacks too: librdkafka calls them from within `poll`. It reads nothing: its
partitions are paused for good, and each is read by a connection of its own (partition.py).
"""

import threading
from collections.abc import Callable, Sequence
from typing import Final

import structlog
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from ingestor_common import kafka_logs
from ingestor_common.settings import KafkaSettings
from ingestor_consumer.assignment import Assignment
from ingestor_consumer.commits import Commits
from ingestor_consumer.membership import Protocol, consumer_config
from ingestor_consumer.partitions import Partitions

log = structlog.get_logger(__name__)

DRAIN_SECONDS: Final = 5.0
"""How long a revoked partition may keep the group waiting for what it is storing."""

POLL_SECONDS: Final = 0.1

NOWHERE: Final = 2**62
"""An offset that no log has: should a fetch get out before the partition is paused, nothing comes of it."""

_COMMIT_SECONDS: Final = 2.0
_CLOSE_SECONDS: Final = 2.0

_OFFSET_GONE: Final = frozenset({KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE})


class SessionOver(RuntimeError):
    """librdkafka has given this client up; a new one is needed."""


class Session:
    """A member of the group from `__init__` to `close`."""

    def __init__(
        self,
        settings: KafkaSettings,
        protocol: Protocol,
        assignment: Assignment,
        partitions: Partitions,
        commits: Commits,
    ) -> None:
        self._topic: Final = settings.kafka_topic
        self._group: Final = settings.kafka_group
        self._assignment: Final = assignment
        self._partitions: Final = partitions
        self._commits: Final = commits
        self._closing = False
        self._consumer: Final = Consumer(
            consumer_config(settings, protocol) | {"on_commit": self._committed},
            logger=kafka_logs.logger(),
        )
        self._consumer.subscribe([self._topic], on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._lost)
        assignment.member_id = self._consumer.memberid()

    def poll(self) -> None:
        """Serve rebalances for a moment. Raises SessionOver."""
        message = self._consumer.poll(POLL_SECONDS)
        error = None if message is None else message.error()
        if error is not None:
            self._report(error)

    def commit(self, wait: bool = False) -> None:
        """Tell Kafka what was stored."""
        held = set(self._assignment.partitions())
        due = {partition: offset for partition, offset in self._commits.due().items() if partition in held}
        if not due:
            return
        offsets = [TopicPartition(self._topic, partition, offset) for partition, offset in due.items()]
        if wait:
            _within(_COMMIT_SECONDS, lambda: self._commit_and_wait(offsets))
        else:
            self._consumer.commit(offsets=offsets, asynchronous=True)

    def close(self, drain: bool) -> None:
        """Store and commit what was begun if `drain`, then leave the group."""
        held = self._assignment.partitions()
        if drain and not self._partitions.drain(held, DRAIN_SECONDS):
            log.warning("stopping without having stored everything that was read; it will be read again")
        self.commit(wait=True)
        self._closing = True
        _within(_CLOSE_SECONDS, self._consumer.close)
        self._partitions.revoke(held)
        self._assignment.leave()

    def _assigned(self, consumer: Consumer, places: list[TopicPartition]) -> None:
        numbers = [place.partition for place in places]
        consumer.incremental_assign([TopicPartition(self._topic, number, NOWHERE) for number in numbers])
        if places:
            consumer.pause(places)
        self._assignment.assign(numbers)
        log.info("partitions assigned", partitions=numbers)
        self._partitions.assign(numbers)

    def _revoked(self, consumer: Consumer, places: list[TopicPartition]) -> None:
        if not self._closing:
            # Who takes them over commits what it finds in the ledger.
            drained = self._partitions.drain([place.partition for place in places], DRAIN_SECONDS)
            log.info("partitions revoked", partitions=[place.partition for place in places], drained=drained)
        self._give_up(consumer, places)

    def _lost(self, consumer: Consumer, places: list[TopicPartition]) -> None:
        # Others may have them already: what was read and not stored is theirs, and the ledger refuses it from us.
        log.warning("partitions lost", partitions=[place.partition for place in places])
        self._give_up(consumer, places)

    def _give_up(self, consumer: Consumer, places: Sequence[TopicPartition]) -> None:
        numbers = [place.partition for place in places]
        self._partitions.revoke(numbers)
        self._assignment.revoke(numbers)
        for number in numbers:
            self._commits.forget(number)
        consumer.incremental_unassign(list(places))

    def _report(self, error: KafkaError) -> None:
        if error.code() == KafkaError._FATAL:
            raise SessionOver(error.str())
        if error.code() not in _OFFSET_GONE:
            log.warning("kafka reports", error=error.name(), text=error.str())
        if error.code() == KafkaError.GROUP_AUTHORIZATION_FAILED:
            self._assignment.refusal = f"group {self._group}: {error.str()}"

    def _commit_and_wait(self, offsets: list[TopicPartition]) -> None:
        try:
            self._committed(None, self._consumer.commit(offsets=offsets, asynchronous=False))
        except KafkaException as error:
            self._committed(error.args[0], offsets)

    def _committed(self, error: KafkaError | None, places: list[TopicPartition]) -> None:
        for place in places:
            fault = error or place.error
            if fault is None:
                self._commits.confirm(place.partition, place.offset)
            else:
                log.info(
                    "offset not committed to Kafka; the ledger has it", error=str(fault), partition=place.partition
                )


def _within(seconds: float, call: Callable[[], None]) -> None:
    """Wait so long for a call that librdkafka would let wait for a broker that is gone, without limit."""
    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    thread.join(seconds)
