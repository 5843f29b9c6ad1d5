"""The integration tests' real Kafka and Postgres: one of each for a worker's run, topics and databases apart.

A test that kills or misconfigures its server takes `private_kafka` or `private_postgres` instead.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, closing
from uuid import uuid4

import pytest
import pytest_asyncio
from confluent_kafka.admin import AdminClient
from integration.refusing_proxy import ProxiedKafka, running_proxied_kafka
from integration.stack import (
    KafkaFactory,
    PostgresFactory,
    SharedServers,
    TopicFactory,
    make_topic,
    running_kafka,
    running_postgres,
)

from ingestor_common.store.migrate import migrate
from ingestor_dev.embedded.kafka import EmbeddedKafka
from ingestor_dev.embedded.postgres import EmbeddedPostgres
from ingestor_dev.embedded.postgres_databases import create_database, drop_database
from ingestor_dev.embedded.postgres_settings import TEST_SPEED

_TEMPLATE = "migrated_template"
_ADMIN_SECONDS = 30.0


@pytest.fixture(scope="session")
def _servers(request: pytest.FixtureRequest) -> Iterator[SharedServers]:
    with closing(SharedServers()) as servers:
        servers.start(name for item in request.session.items for name in getattr(item, "fixturenames", ()))
        yield servers


@pytest.fixture(scope="session")
def kafka(_servers: SharedServers) -> EmbeddedKafka:
    """The run's Kafka; leave it running."""
    return _servers.kafka.result()


@pytest.fixture(scope="session")
def postgres(_servers: SharedServers) -> EmbeddedPostgres:
    """The run's Postgres; leave it running."""
    return _servers.postgres.result()


@pytest.fixture(scope="session")
def proxied_kafka() -> Iterator[ProxiedKafka]:
    """A Kafka behind a proxy that can refuse what is produced; leave it running."""
    with running_proxied_kafka() as proxied:
        yield proxied


@pytest.fixture(scope="session")
def kafka_admin(kafka: EmbeddedKafka) -> AdminClient:
    """An admin client of the run's Kafka."""
    # Silent: it outlives the broker by a moment, and would print so among the results.
    return AdminClient(kafka.client_config() | {"log_level": 0})


@pytest.fixture
def topic_factory(kafka_admin: AdminClient) -> Iterator[TopicFactory]:
    """Makes topics for the test, each with its dead-letter topic; they are deleted after it."""
    made: list[str] = []

    def make(partitions: int = 3) -> str:
        name = f"events-{uuid4().hex[:12]}"
        for topic, count in ((name, partitions), (f"{name}.dlq", 1)):
            made.append(topic)
            make_topic(kafka_admin, topic, count)
        return name

    yield make
    if made:
        for deleted in kafka_admin.delete_topics(made).values():
            deleted.result(_ADMIN_SECONDS)


@pytest.fixture
def topic(topic_factory: TopicFactory) -> str:
    """A topic of three partitions for the test, with `<topic>.dlq` beside it."""
    return topic_factory()


@pytest.fixture
async def database(postgres: EmbeddedPostgres) -> AsyncIterator[str]:
    """The address of an empty database for the test."""
    name = f"empty_{uuid4().hex[:12]}"
    await create_database(postgres.dsn(), name)
    yield postgres.dsn(name)
    await drop_database(postgres.dsn(), name)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def _migrated_template(postgres: EmbeddedPostgres) -> str:
    await create_database(postgres.dsn(), _TEMPLATE)
    await migrate(postgres.dsn(_TEMPLATE))
    return _TEMPLATE


@pytest.fixture
async def migrated_database(postgres: EmbeddedPostgres, _migrated_template: str) -> AsyncIterator[str]:
    """The address of a database for the test, with the product's schema in it and no rows."""
    name = f"migrated_{uuid4().hex[:12]}"
    await create_database(postgres.dsn(), name, template=_migrated_template)
    yield postgres.dsn(name)
    await drop_database(postgres.dsn(), name)


@pytest.fixture
def private_kafka() -> Iterator[KafkaFactory]:
    """Starts Kafka nodes for this test alone."""
    with ExitStack() as running:

        def start(
            scram_users: Mapping[str, str] | None = None, extra: Mapping[str, str] | None = None
        ) -> EmbeddedKafka:
            return running.enter_context(running_kafka(scram_users, extra))

        yield start


@pytest.fixture
def private_postgres() -> Iterator[PostgresFactory]:
    """Starts Postgres servers for this test alone."""
    with ExitStack() as running:

        def start(settings: Mapping[str, str] = TEST_SPEED) -> EmbeddedPostgres:
            return running.enter_context(running_postgres(settings))

        yield start
