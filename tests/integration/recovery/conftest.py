"""Sites for disasters."""

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path

import aiohttp
import pytest
from integration.recovery.site import Site
from integration.stack import PostgresFactory
from services import token

from ingestor_common.store.migrate import migrate
from ingestor_dev.embedded.kafka import EmbeddedKafka


@pytest.fixture
def processes() -> Iterator[ExitStack]:
    """Ends what a test leaves running."""
    with ExitStack() as running:
        yield running


@pytest.fixture
async def site(
    kafka: EmbeddedKafka, topic: str, private_postgres: PostgresFactory, tmp_path: Path, processes: ExitStack
) -> Site:
    """The run's Kafka, and a Postgres of the test's own."""
    made = Site.of(kafka.bootstrap, topic, private_postgres(), tmp_path, processes)
    await migrate(made.world.database)
    return made


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """A client whose requests carry a writer's token."""
    headers = {"Authorization": f"Bearer {token('READ', 'WRITE')}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        yield session
