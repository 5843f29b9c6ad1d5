"""The Kafka thread: one session of the group after the other."""

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
from ingestor_consumer.commits import Commits
from ingestor_consumer.membership import Protocol
from ingestor_consumer.partitions import Partitions
from ingestor_consumer.progress import Progress
from ingestor_consumer.session import Session, SessionOver

log = structlog.get_logger(__name__)

NAME: Final = "the Kafka thread"

_COMMIT_EVERY_SECONDS: Final = 0.5


class KafkaThread(threading.Thread):
    """Start it once; `stop` it, and it leaves the group. `ended` is called then, with the defect if it was one."""

    def __init__(
        self,
        settings: KafkaSettings,
        assignment: Assignment,
        partitions: Partitions,
        commits: Commits,
        progress: Progress,
        ended: Callable[[BaseException | None], None],
    ) -> None:
        super().__init__(name="kafka", daemon=True)
        self._settings: Final = settings
        self._assignment: Final = assignment
        self._partitions: Final = partitions
        self._commits: Final = commits
        self._progress: Final = progress
        self._ended: Final = ended
        self._stopping: Final = threading.Event()
        self._renewing: Final = threading.Event()
        self._protocol: Protocol = "consumer"

    def stop(self) -> None:
        """Finish what was begun and leave; `join` waits for it."""
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
        session = Session(self._settings, self._protocol, self._assignment, self._partitions, self._commits)
        log.info("joining the group", group=self._settings.kafka_group, protocol=self._protocol)
        try:
            self._poll_until_over(session)
        except (SessionOver, KafkaException) as over:
            self._choose_protocol(over)
            session.close(drain=False)
            raise SessionOver(str(over)) from over
        session.close(drain=True)

    def _poll_until_over(self, session: Session) -> None:
        commit_at = 0.0
        while not self._stopping.is_set() and not self._renewing.is_set():
            self._progress.beat(NAME)
            if time.monotonic() >= commit_at:
                commit_at = time.monotonic() + _COMMIT_EVERY_SECONDS
                session.commit()
            session.poll()

    def _choose_protocol(self, over: Exception) -> None:
        if self._protocol == "consumer" and not self._assignment.member:
            log.warning("the broker does not have the new group protocol; using the classic one", error=str(over))
            self._protocol = "classic"
        else:
            log.error("the Kafka client gave up; starting a new one", error=str(over))
