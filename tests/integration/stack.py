"""Starting the servers of the integration tests, and the types of the fixtures that hand them out."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from ingestor_common.kafka import TopicMissing, describe_topic, log_ends
from ingestor_common.store.migrate import migrate
from ingestor_dev.embedded.kafka import EmbeddedKafka
from ingestor_dev.embedded.kafka_properties import KafkaConfig
from ingestor_dev.embedded.ports import free_port, free_ports
from ingestor_dev.embedded.postgres import EmbeddedPostgres, PostgresConfig
from ingestor_dev.embedded.postgres_cluster import remove_cluster
from ingestor_dev.embedded.postgres_databases import create_database
from ingestor_dev.embedded.postgres_settings import TEST_SPEED

_TOPIC_SECONDS = 30.0
_LOOK_SECONDS = 5.0
_POLL_SECONDS = 0.02


class TopicFactory(Protocol):
    """Makes a topic of its own for the test, with `<topic>.dlq` beside it; gives its name."""

    def __call__(self, partitions: int = 3) -> str: ...


class KafkaFactory(Protocol):
    """Starts a Kafka node for this test alone; it is ready on return, and gone after the test."""

    def __call__(
        self, scram_users: Mapping[str, str] | None = None, extra: Mapping[str, str] | None = None
    ) -> EmbeddedKafka: ...


class PostgresFactory(Protocol):
    """Starts a Postgres server for this test alone; it is ready on return, and gone after the test."""

    def __call__(self, settings: Mapping[str, str] = TEST_SPEED) -> EmbeddedPostgres: ...


def make_database(postgres: EmbeddedPostgres, purpose: str) -> str:
    """The address of a new database with the product's schema in it, for fixtures that share one among tests."""
    name = f"{purpose}_{uuid4().hex[:12]}"
    asyncio.run(create_database(postgres.dsn(), name))
    asyncio.run(migrate(postgres.dsn(name)))
    return postgres.dsn(name)


@contextmanager
def running_kafka(
    scram_users: Mapping[str, str] | None = None, extra: Mapping[str, str] | None = None, port: int | None = None
) -> Iterator[EmbeddedKafka]:
    """A ready Kafka node on free ports, or on `port` for its clients; its data folder is deleted at the end."""
    free, controller_port = free_ports(2)
    folder = _new_folder()
    server = EmbeddedKafka(
        KafkaConfig(folder / "kafka", port or free, controller_port, scram_users=scram_users or {}, extra=extra or {})
    )
    try:
        server.start()
        server.wait_ready()
        yield server
    finally:
        # Nobody needs the data any more: no orderly shutdown.
        server.kill()
        shutil.rmtree(folder)


@contextmanager
def running_postgres(settings: Mapping[str, str] = TEST_SPEED) -> Iterator[EmbeddedPostgres]:
    """A ready Postgres server on a free port, with a data folder that is deleted at the end."""
    folder = _new_folder()
    server = EmbeddedPostgres(PostgresConfig(folder / "postgres", free_port(), settings))
    try:
        server.start()
        server.wait_ready()
        yield server
    finally:
        server.kill()
        remove_cluster(folder / "postgres")
        folder.rmdir()


def make_topic(admin: AdminClient, name: str, partitions: int) -> None:
    """Creates a topic and returns once the broker serves all its partitions, a moment after it acknowledges them.

    That a partition has a leader is known a little before the leader takes records: it is asked for its log's end.

    Raises:
        KafkaException: it is not created.
        TimeoutError: it is not served within half a minute.
    """
    admin.create_topics([NewTopic(name, partitions, 1)])[name].result(_TOPIC_SECONDS)
    deadline = time.monotonic() + _TOPIC_SECONDS
    while time.monotonic() < deadline:
        if _served(admin, name, partitions):
            return
        time.sleep(_POLL_SECONDS)
    raise TimeoutError(f"topic {name} was created but is not served after {_TOPIC_SECONDS:g} s")


def _served(admin: AdminClient, name: str, partitions: int) -> bool:
    try:
        known = describe_topic(admin, name, _LOOK_SECONDS).partitions
        return len(known) == partitions and len(log_ends(admin, name, known, _LOOK_SECONDS)) == partitions
    except (TopicMissing, KafkaException):
        return False


class SharedServers:
    """The run's one Kafka and one Postgres; each starts in the background when it is first mentioned."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor()
        self._running = ExitStack()

    @cached_property
    def kafka(self) -> Future[EmbeddedKafka]:
        """The Kafka node, once it is ready."""
        return self._pool.submit(self._running.enter_context, running_kafka())

    @cached_property
    def postgres(self) -> Future[EmbeddedPostgres]:
        """The Postgres server, once it is ready."""
        return self._pool.submit(self._running.enter_context, running_postgres())

    def start(self, used: Iterable[str]) -> None:
        """Starts those of the servers whose fixtures' names are among `used`, both at the same time."""
        for name in {"kafka", "postgres"}.intersection(used):
            getattr(self, name)

    def close(self) -> None:
        """Ends the servers."""
        self._pool.shutdown()
        self._running.close()


def _new_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="ingestor-tests-"))
    # A Postgres started by root runs as another account, which has to reach its data in here.
    folder.chmod(0o755)
    return folder
