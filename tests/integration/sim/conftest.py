"""A pipeline for each test of the simulator."""

from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path

import asyncpg
import pytest
from integration.sim.pipeline import Pipeline

from ingestor_common.passwords import hash_password
from ingestor_common.store.users import create_user
from ingestor_dev.embedded.kafka import EmbeddedKafka
from ingestor_dev.sim.options import DEVELOPMENT_WRITER


@pytest.fixture
async def pipeline(kafka: EmbeddedKafka, topic: str, migrated_database: str, tmp_path: Path) -> AsyncIterator[Pipeline]:
    """The pipeline in Kafka mode, with the development writer's account."""
    connection = await asyncpg.connect(migrated_database)
    await create_user(
        connection,
        email=DEVELOPMENT_WRITER.email,
        name="Test writer",
        role="writer",
        password_hash=hash_password(DEVELOPMENT_WRITER.password),
    )
    await connection.close()
    environment = {
        "DATABASE_URL": migrated_database,
        "KAFKA_ENABLED": "true",
        "KAFKA_BROKERS": kafka.bootstrap,
        "KAFKA_TOPIC": topic,
        "KAFKA_GROUP": f"{topic}-storing",
    }
    with ExitStack() as processes:
        yield Pipeline(environment, tmp_path, processes)
