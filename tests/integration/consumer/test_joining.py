"""A consumer joins its group once the database takes events from it; before, it leaves the partitions to the others."""

import time
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID, uuid4

import asyncpg
import pytest
from integration.consumer.lessons import events
from integration.consumer.world import World, identities
from services import Consumer, get, status_of

from ingestor_common.store import keys
from ingestor_common.store.migrate import migrate
from ingestor_dev.embedded.kafka import EmbeddedKafka
from ingestor_dev.embedded.postgres import EmbeddedPostgres
from ingestor_dev.embedded.postgres_databases import create_database, drop_database

WITHIN_SECONDS = 12.0
"""An attempt every 5 s at most, and joining."""


@dataclass(frozen=True)
class Role:
    """A role of the database, whose rights and password a test gives and takes."""

    name: str
    database: str
    """The address with which an owner logs in."""

    def address(self, password: str) -> str:
        parts = urlsplit(self.database)
        return urlunsplit(parts._replace(netloc=f"{self.name}:{password}@{parts.hostname}:{parts.port}"))

    async def execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self.database)
        try:
            await connection.execute(statement.format(role=self.name, owner=urlsplit(self.database).username))
        finally:
            await connection.close()


@pytest.fixture
async def role(migrated_database: str) -> AsyncIterator[Role]:
    made = Role(f"role_{uuid4().hex[:12]}", migrated_database)
    await made.execute("CREATE ROLE {role} LOGIN PASSWORD 'right'")
    yield made
    await made.execute("DROP OWNED BY {role}; DROP ROLE {role}")


def _start(world: World, database: str) -> Consumer:
    world.started += 1
    consumer = Consumer(
        world.environment() | {"DATABASE_URL": database}, world.folder / f"consumer-{world.started}.log"
    )
    world.processes.enter_context(consumer)
    return consumer


def _stays_out(world: World, consumer: Consumer, why: str, members: int) -> None:
    """Alive, not ready, says why, and is no member for as long as some attempts take."""
    consumer.wait_until("told", lambda: why in _told(consumer))
    limit = time.monotonic() + 4
    while time.monotonic() < limit:
        assert status_of(f"{consumer.probes}/healthz") == 200
        assert status_of(f"{consumer.probes}/readyz") == 503
        assert world.members() == members
    assert "the consumer group is joined once the database takes events" in _told(consumer)
    assert consumer.metric("ingestor_consumer_paused") == 1
    assert "joining the group" not in consumer.output().replace("not joining the group", "")


def _told(consumer: Consumer) -> str:
    answer = get(f"{consumer.probes}/readyz")
    return "" if answer is None else answer[1].decode()


async def test_a_wrong_password_takes_no_partition_from_others_and_a_mended_one_joins(world: World, role: Role) -> None:
    await role.execute("GRANT {owner} TO {role}")
    world.ready_consumer()
    consumer = _start(world, role.address("wrong"))
    _stays_out(world, consumer, "the server refuses the user or the password", members=1)
    sent = events(1_000)
    world.send(sent)
    await world.balanced()
    assert await world.stored() == identities(sent)

    await role.execute("ALTER ROLE {role} PASSWORD 'wrong'")

    consumer.wait_ready(WITHIN_SECONDS)
    assert world.members() == 2


async def test_a_database_that_lets_it_write_nothing_is_not_reached(world: World, role: Role) -> None:
    await role.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
    consumer = _start(world, role.address("right"))
    _stays_out(world, consumer, "permission denied", members=0)
    await role.execute("GRANT {owner} TO {role}")
    consumer.wait_ready(WITHIN_SECONDS)
    assert world.members() == 1


async def test_a_database_that_is_not_migrated_is_not_reached(
    kafka: EmbeddedKafka, topic: str, postgres: EmbeddedPostgres, tmp_path: Path, processes: ExitStack
) -> None:
    name = f"empty_{uuid4().hex[:12]}"
    await create_database(postgres.dsn(), name)
    world = World(kafka.bootstrap, topic, postgres.dsn(name), tmp_path, processes)
    consumer = world.consumer()
    _stays_out(world, consumer, "does not exist", members=0)
    await migrate(world.database)
    sent = events(300)
    world.send(sent)
    consumer.wait_ready(WITHIN_SECONDS)
    await world.balanced()
    assert await world.stored() == identities(sent)
    consumer.kill()
    await drop_database(postgres.dsn(), name)


async def test_the_trial_leaves_nothing_behind(world: World) -> None:
    world.ready_consumer()
    assert await world.query("SELECT count(*) FROM events") == [0]
    assert await world.query("SELECT count(*) FROM ledger WHERE topic = 'trial'") == [0]


async def test_one_that_never_joined_stops_at_once(world: World, role: Role) -> None:
    consumer = _start(world, role.address("wrong"))
    consumer.wait_until("told", lambda: "the server refuses the user or the password" in _told(consumer))
    assert consumer.stop(seconds=5) == 0


async def test_who_was_stopped_while_it_stored_keeps_no_other_out(world: World) -> None:
    other = await asyncpg.connect(world.database)
    try:
        async with other.transaction():
            await keys.lock(other, shared=(), alone=[UUID(int=number) for number in range(1000)])
            consumer = _start(world, world.database)
            consumer.wait_until("joined", lambda: world.members() == 1, WITHIN_SECONDS)
    finally:
        await other.close()
