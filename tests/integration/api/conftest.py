"""An API for tests that leave it as it is, and a way to start others."""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import aiohttp
import pytest
from confluent_kafka.admin import AdminClient
from integration.api.sending import Sender
from integration.stack import make_database, make_topic
from services import Api, running_api, token

from ingestor_dev.embedded.kafka import EmbeddedKafka
from ingestor_dev.embedded.postgres import EmbeddedPostgres


class ApiFactory(Protocol):
    """Starts an API with these variables, ready on return, and gone after the test."""

    def __call__(self, **environment: str) -> Api: ...


@pytest.fixture(scope="session")
def api_database(postgres: EmbeddedPostgres) -> str:
    """A database with the product's schema for all tests here: they use ids of their own."""
    return make_database(postgres, "api")


@pytest.fixture(scope="session")
def api_topic(kafka_admin: AdminClient) -> str:
    """A topic of three partitions for all tests here."""
    name = f"api-{uuid4().hex[:12]}"
    make_topic(kafka_admin, name, 3)
    return name


@pytest.fixture(scope="session")
def api_environment(kafka: EmbeddedKafka, api_database: str, api_topic: str) -> dict[str, str]:
    """The variables of an API in Kafka mode over the run's servers."""
    return {
        "KAFKA_ENABLED": "true",
        "KAFKA_BROKERS": kafka.bootstrap,
        "KAFKA_TOPIC": api_topic,
        "DATABASE_URL": api_database,
    }


@pytest.fixture(scope="session")
def api(api_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """An API in Kafka mode, sign-up open, that no test may disturb."""
    log = tmp_path_factory.mktemp("api") / "log"
    with running_api(api_environment | {"AUTH_SIGNUP": "open"}, log) as running:
        running.wait_path("kafka", "up")
        yield running


@pytest.fixture(scope="session")
def direct_api(api_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """An API in direct mode, with sign-up as it is by default, that no test may disturb."""
    nowhere = {"KAFKA_ENABLED": "false", "KAFKA_BROKERS": "127.0.0.1:1"}
    with running_api(api_environment | nowhere, tmp_path_factory.mktemp("direct-api") / "log") as running:
        yield running


@pytest.fixture
def start_api(api_environment: dict[str, str], tmp_path: Path) -> Iterator[ApiFactory]:
    """Starts APIs for this test alone."""
    with ExitStack() as running:

        def start(**environment: str) -> Api:
            log = tmp_path / f"api-{uuid4().hex[:8]}.log"
            return running.enter_context(running_api(api_environment | environment, log))

        yield start


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """A client whose requests carry a writer's token."""
    headers = {"Authorization": f"Bearer {token('WRITE')}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        yield session


@pytest.fixture
def sender(http: aiohttp.ClientSession, api: Api) -> Sender:
    """Sends to the shared API."""
    return Sender(http, api.url)
