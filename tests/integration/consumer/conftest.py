"""A world for each consumer test."""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pytest
from integration.consumer.world import World
from integration.stack import KafkaFactory, running_kafka

from ingestor_common.store.migrate import migrate
from ingestor_dev.embedded.kafka import EmbeddedKafka
from ingestor_dev.embedded.postgres import EmbeddedPostgres
from ingestor_dev.embedded.postgres_databases import create_database, drop_database


@pytest.fixture
def processes() -> Iterator[ExitStack]:
    """Ends what a test leaves running."""
    with ExitStack() as running:
        yield running


@pytest.fixture
def world(kafka: EmbeddedKafka, topic: str, migrated_database: str, tmp_path: Path, processes: ExitStack) -> World:
    """The run's Kafka and Postgres, with a topic of three partitions and a migrated database of its own."""
    return World(kafka.bootstrap, topic, migrated_database, tmp_path, processes)


@pytest.fixture(scope="session")
def brisk_kafka() -> Iterator[EmbeddedKafka]:
    """A broker that misses a dead member after 2 s. Tests may stop it; who needs it starts it again."""
    with running_kafka(extra={"group.consumer.session.timeout.ms": "2000"}) as broker:
        yield broker


@pytest.fixture
def brisk_world(brisk_kafka: EmbeddedKafka, migrated_database: str, tmp_path: Path, processes: ExitStack) -> World:
    """A world where a killed consumer's partitions go to others soon."""
    return _new_world(brisk_kafka, migrated_database, tmp_path, processes)


@pytest.fixture
def old_world(private_kafka: KafkaFactory, migrated_database: str, tmp_path: Path, processes: ExitStack) -> World:
    """A broker that knows the classic group protocol only."""
    broker = private_kafka(extra={"group.coordinator.rebalance.protocols": "classic"})
    return _new_world(broker, migrated_database, tmp_path, processes)


def _new_world(broker: EmbeddedKafka, database: str, folder: Path, processes: ExitStack) -> World:
    world = World(broker.bootstrap, f"events-{uuid4().hex[:12]}", database, folder, processes)
    world.make_topic(world.topic, 3)
    world.make_topic(f"{world.topic}.dlq", 1)
    return world


@pytest.fixture
async def database_beside(postgres: EmbeddedPostgres) -> AsyncIterator[str]:
    """A second migrated database, for what a clean run gives."""
    name = f"clean_{uuid4().hex[:12]}"
    await create_database(postgres.dsn(), name)
    await migrate(postgres.dsn(name))
    yield postgres.dsn(name)
    await drop_database(postgres.dsn(), name)


@pytest.fixture(scope="module")
def frail_kafka() -> Iterator[EmbeddedKafka]:
    """A broker whose logs the tests cut; it is up between them."""
    extra = {"group.consumer.session.timeout.ms": "2000", "log.cleaner.backoff.ms": "200"}
    with running_kafka(extra=extra) as broker:
        yield broker


@pytest.fixture
def frail_world(frail_kafka: EmbeddedKafka, migrated_database: str, tmp_path: Path, processes: ExitStack) -> World:
    """A world on that broker."""
    return _new_world(frail_kafka, migrated_database, tmp_path, processes)


@pytest.fixture
async def older_copy(postgres: EmbeddedPostgres) -> AsyncIterator[str]:
    """The name of a database to be."""
    name = f"older_{uuid4().hex[:12]}"
    yield name
    await drop_database(postgres.dsn(), name)
