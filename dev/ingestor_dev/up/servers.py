"""The stack's Kafka and Postgres, with what the product expects to find in them."""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from confluent_kafka.admin import AdminClient

from ingestor_admin.topic_creation import TopicPlan, create
from ingestor_common.passwords import hash_password
from ingestor_common.store.migrate import migrate
from ingestor_common.store.pool import open_pool
from ingestor_common.store.users import Role, create_user, find_user
from ingestor_dev.embedded.kafka import EmbeddedKafka
from ingestor_dev.embedded.kafka_properties import KafkaConfig
from ingestor_dev.embedded.ports import free_port, is_taken, require_free
from ingestor_dev.embedded.postgres import EmbeddedPostgres, PostgresConfig
from ingestor_dev.up.options import KAFKA_PORT, POSTGRES_PORT

KAFKA, DATABASE = "kafka", "database"
"""The servers, as the commands name them."""

TOPIC = "quiz-events"
_TOPICS = (TopicPlan(TOPIC, 3, 1, 168), TopicPlan.for_dead_letters(f"{TOPIC}.dlq", 1))

DEVELOPMENT_PASSWORD = "test123"  # noqa: S105  well known, as the set-up guide prints it
DEVELOPMENT_USERS: Mapping[str, tuple[str, Role]] = {
    "writer.test@example.com": ("Test Writer", "writer"),
    "reader.test@example.com": ("Test Reader", "reader"),
}

# What the services' default DATABASE_URL says; the server listens on loopback only.
_POSTGRES_PASSWORD = "ingestor"  # noqa: S105
# A laptop's memory is not a server's; these make the difference to the defaults that shows in the live view.
_POSTGRES_SETTINGS = {"shared_buffers": "256MB", "max_wal_size": "2GB"}


def chosen_or_free(chosen: int | None, default: int, variable: str, purpose: str) -> int:
    """The port somebody chose (which must be free), or else the default, or else any free one.

    Raises EmbeddedServerError naming the port and the variable where a chosen port is taken.
    """
    if chosen is not None:
        require_free(chosen, f"{purpose} ({variable})")
        return chosen
    return free_port() if is_taken(default) else default


class Servers:
    """Postgres and (unless left out) Kafka on the data in `home`, started and stopped together."""

    def __init__(self, home: Path, *, kafka: bool, kafka_port: int | None, postgres_port: int | None) -> None:
        self.postgres = development_postgres(home, postgres_port)
        self.kafka = development_kafka(home, kafka_port) if kafka else None

    def start(self) -> None:
        """Start both at once, and make topics, schema and development users where they are missing."""
        with ThreadPoolExecutor(2) as pool:
            starts = [pool.submit(start_postgres, self.postgres)]
            if self.kafka is not None:
                starts.append(pool.submit(start_kafka, self.kafka))
            for done in starts:
                done.result()

    def stop(self) -> None:
        """Stop both in order; their data stays."""
        if self.kafka is not None:
            self.kafka.stop()
        self.postgres.stop()


def development_postgres(home: Path, port: int | None) -> EmbeddedPostgres:
    """The Postgres of `home`, on the port that was chosen, or else the default or any free one."""
    where = chosen_or_free(port, POSTGRES_PORT, "POSTGRES_PORT", "Postgres needs")
    return EmbeddedPostgres(PostgresConfig(home / "postgres", where, _POSTGRES_SETTINGS, _POSTGRES_PASSWORD))


def development_kafka(home: Path, port: int | None) -> EmbeddedKafka:
    """The Kafka of `home`, on the port that was chosen, or else the default or any free one."""
    where = chosen_or_free(port, KAFKA_PORT, "KAFKA_PORT", "Kafka needs for clients")
    return EmbeddedKafka(KafkaConfig(home / "kafka", where, free_port()))


def start_postgres(postgres: EmbeddedPostgres) -> None:
    """Start it, with the schema and the development users in it."""
    postgres.start()
    postgres.wait_ready()
    asyncio.run(_prepare_database(postgres.dsn()))


def start_kafka(kafka: EmbeddedKafka) -> None:
    """Start it, with the event topic and its dead-letter topic."""
    kafka.start()
    kafka.wait_ready()
    _make_topics(kafka)


def _make_topics(kafka: EmbeddedKafka) -> None:
    # Quiet: it may outlive the broker, and would report that.
    admin = AdminClient({**kafka.client_config(), "log_level": 0})
    for plan in _TOPICS:
        create(admin, plan)


async def _prepare_database(dsn: str) -> None:
    await migrate(dsn)
    pool = await open_pool(dsn, max_size=1, application_name="ingestor-dev", command_timeout=30)
    try:
        async with pool.acquire() as connection:
            for email, (name, role) in DEVELOPMENT_USERS.items():
                if await find_user(connection, email) is None:
                    password_hash = await asyncio.to_thread(hash_password, DEVELOPMENT_PASSWORD)
                    await create_user(connection, email=email, name=name, role=role, password_hash=password_hash)
    finally:
        await pool.close()
