"""The Kafka thread: one session after the other, at the pace at which batches can be stored."""

import random
import threading
import time
from collections.abc import Callable
from typing import Final

import structlog
from confluent_kafka import KafkaException

from ingestor_common.settings import KafkaSettings
from ingestor_consumer import retry
from ingestor_consumer.assignment import Assignment
from ingestor_consumer.channel import Channel
from ingestor_consumer.membership import Protocol
from ingestor_consumer.progress import Progress
from ingestor_consumer.session import Session, SessionOver

log = structlog.get_logger(__name__)

PART: Final = "the Kafka thread"

_ROOM_SECONDS: Final = 0.5
"""How long fetched records may wait for the store before fetching is paused: pausing throws fetched ones away."""

_COMMIT_EVERY_SECONDS: Final = 0.5


class KafkaThread(threading.Thread):
    """Start it once; `stop` it, and it leaves the group. `ended` is called then, with the defect if it was one."""

    def __init__(
        self,
        settings: KafkaSettings,
        assignment: Assignment,
        channel: Channel,
        progress: Progress,
        ended: Callable[[BaseException | None], None],
    ) -> None:
        super().__init__(name="kafka", daemon=True)
        self._settings: Final = settings
        self._assignment: Final = assignment
        self._channel: Final = channel
        self._progress: Final = progress
        self._ended: Final = ended
        self._stopping: Final = threading.Event()
        self._renewing: Final = threading.Event()
        self._protocol: Protocol = "consumer"
        self._committed_at = 0.0

    def stop(self) -> None:
        """Finish what was read and leave; `join` waits for it."""
        self._stopping.set()

    def renew(self) -> None:
        """Leave and join again with a new client, which knows nothing of the topic as it was."""
        self._renewing.set()

    def run(self) -> None:
        try:
            self._sessions()
        except BaseException as error:
            self._ended(error)
        else:
            self._ended(None)

    def _sessions(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            self._renewing.clear()
            try:
                self._session()
                failures = 0
            except SessionOver:
                self._stopping.wait(retry.delay(failures, random.SystemRandom()))
                failures += 1

    def _session(self) -> None:
        session = Session(self._settings, self._protocol, self._assignment, self._channel)
        log.info("joining the group", group=self._settings.kafka_group, protocol=self._protocol)
        try:
            while not self._stopping.is_set() and not self._renewing.is_set():
                self._step(session)
        except (SessionOver, KafkaException) as over:
            self._choose_protocol(over)
            session.close(drain=False)
            raise SessionOver(str(over)) from over
        session.close(drain=True)

    def _step(self, session: Session) -> None:
        self._progress.beat(PART)
        if time.monotonic() - self._committed_at > _COMMIT_EVERY_SECONDS:
            self._committed_at = time.monotonic()
            session.commit()
        if not self._channel.wait_for_room(_ROOM_SECONDS):
            session.hold_back()
            session.poll()
            return
        session.go_on()
        self._deliver(session)

    def _deliver(self, session: Session) -> None:
        batch = None
        try:
            batch = session.poll()
        finally:
            if batch is None:
                self._channel.give_room_back()
            else:
                self._channel.deliver(batch)

    def _choose_protocol(self, over: Exception) -> None:
        if self._protocol == "consumer" and not self._assignment.member:
            log.warning("the broker does not have the new group protocol; using the classic one", error=str(over))
            self._protocol = "classic"
        else:
            log.error("the Kafka client gave up; starting a new one", error=str(over))
