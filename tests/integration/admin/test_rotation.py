"""Secrets are changed by the commands of docs/operations/security.md, with the services at work and no gap."""

import re
import shlex
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest
from integration.admin.commands import admin
from integration.consumer.lessons import events
from integration.consumer.world import World, identities
from integration.operator.certificates import make_authority
from integration.operator.secure_kafka import PASSWORD, SecureKafka, running_secure_kafka
from integration.rights import DOCUMENT
from integration.stack import make_topic
from services import Consumer, get

from ingestor_common.store.migrate import migrate
from ingestor_dev.embedded.kafka import EmbeddedKafka
from ingestor_dev.embedded.kafka_jvm import kafka_tool
from ingestor_dev.embedded.postgres import EmbeddedPostgres
from ingestor_dev.embedded.postgres_databases import create_database, drop_database

_TOOLS = {"kafka-configs.sh": "kafka.admin.ConfigCommand", "kafka-acls.sh": "org.apache.kafka.tools.AclCommand"}


def _commands(program: str) -> list[str]:
    """The document's commands of this program, each in one line."""
    text = re.sub(r"\\\n\s*", "", DOCUMENT.read_text())
    found = re.findall(rf"^ {{4}}({re.escape(program)} .*)$", text, re.MULTILINE)
    assert found, f"the document does not use {program}"
    return found


def _statements() -> list[str]:
    return [shlex.split(command)[-1] for command in _commands("psql")]


@dataclass(frozen=True)
class Roles:
    """A database with an owner of its own, and the name of the role that follows it."""

    server: EmbeddedPostgres
    database: str
    first: str = field(default_factory=lambda: f"first_{uuid4().hex[:8]}")
    second: str = field(default_factory=lambda: f"second_{uuid4().hex[:8]}")

    def address(self, role: str, password: str) -> str:
        parts = urlsplit(self.server.dsn(self.database))
        return urlunsplit(parts._replace(netloc=f"{role}:{password}@{parts.hostname}:{parts.port}"))

    async def execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self.server.dsn(self.database))
        try:
            await connection.execute(re.sub(r"\bingestor_b\b", self.second, statement).replace("ingestor", self.first))
        finally:
            await connection.close()


@pytest.fixture
async def roles(postgres: EmbeddedPostgres) -> AsyncIterator[Roles]:
    made = Roles(postgres, f"rotated_{uuid4().hex[:8]}")
    await create_database(postgres.dsn(), made.database)
    await made.execute("CREATE ROLE ingestor LOGIN PASSWORD 'the-old-one'")
    await made.execute(f"ALTER DATABASE {made.database} OWNER TO ingestor")
    await made.execute("ALTER SCHEMA public OWNER TO ingestor")
    await migrate(made.address(made.first, "the-old-one"))
    yield made
    await drop_database(postgres.dsn(), made.database)
    connection = await asyncpg.connect(postgres.dsn())
    await connection.execute(f"DROP ROLE {made.second}; DROP ROLE {made.first}")
    await connection.close()


def _start(world: World, **environment: str) -> Consumer:
    world.started += 1
    consumer = Consumer(world.environment() | environment, world.folder / f"consumer-{world.started}.log")
    world.processes.enter_context(consumer)
    return consumer


def _told(consumer: Consumer) -> str:
    answer = get(f"{consumer.probes}/readyz")
    return "" if answer is None else answer[1].decode()


async def test_a_second_role_of_the_database_takes_over(
    kafka: EmbeddedKafka, topic: str, roles: Roles, tmp_path: Path
) -> None:
    with ExitStack() as processes:
        old, new = roles.address(roles.first, "the-old-one"), roles.address(roles.second, "a-new-one")
        world = World(kafka.bootstrap, topic, old, tmp_path, processes)
        before = world.ready_consumer()
        *prepare, finish = _statements()
        for statement in prepare:
            await roles.execute(statement)
        after = _start(world, DATABASE_URL=new)
        after.wait_ready()
        assert before.stop() == 0
        await roles.execute(finish)
        sent = events(300)
        world.send(sent)
        world.database = new
        await world.balanced()
        assert await world.stored() == identities(sent)
        assert admin({"DATABASE_URL": new}, "migrate").returncode == 0
        late = _start(world, DATABASE_URL=old)
        late.wait_until("refused", lambda: "the server refuses the user" in _told(late))


@pytest.fixture(scope="module")
def secure() -> Iterator[SecureKafka]:
    with running_secure_kafka() as kafka:
        yield kafka


def _run(secure: SecureKafka, folder: Path, command: str, **names: str) -> None:
    """Run a command of Kafka's own tools on the node, with other names than the document's."""
    login = secure.node.client_config()
    properties = folder / "admin.properties"
    properties.write_text(
        "security.protocol=SASL_PLAINTEXT\nsasl.mechanism=SCRAM-SHA-512\n"
        "sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required"
        f' username="{login["sasl.username"]}" password="{login["sasl.password"]}";\n'
    )
    program, *arguments = shlex.split(command)
    places = {"kafka:9093": secure.node.bootstrap, "admin.properties": str(properties)} | names
    kafka_tool(_TOOLS[program], *[places.get(argument, argument) for argument in arguments])


async def test_a_second_user_of_kafka_and_a_second_authority_take_over(
    secure: SecureKafka, migrated_database: str, tmp_path: Path
) -> None:
    topic, first, second = f"events-{uuid4().hex[:8]}", f"a-{uuid4().hex[:8]}", f"b-{uuid4().hex[:8]}"
    for name, count in ((topic, 3), (f"{topic}.dlq", 1)):
        make_topic(secure.admin, name, count)
    # Old and new in one file, whichever signed the broker's certificate.
    bundle = tmp_path / "ca.crt"
    bundle.write_text(
        make_authority(tmp_path, "other").certificate.read_text() + secure.authority.certificate.read_text()
    )
    secure.set_password(first, PASSWORD)
    login = {
        "KAFKA_BROKERS": secure.login,
        "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        "KAFKA_SASL_USERNAME": first,
        "KAFKA_SASL_PASSWORD": PASSWORD,
        "KAFKA_SSL_CA_LOCATION": str(bundle),
    }
    with ExitStack() as processes:
        world = World(
            secure.node.bootstrap, topic, migrated_database, tmp_path, processes,
            client_options=secure.node.client_config(),
        )  # fmt: skip
        for user in (first, second):
            secure.allow(user, {("topic", topic): ["Read"], ("group", world.group): ["Read"]})
            secure.allow(user, {("topic", f"{topic}.dlq"): ["Write"]})
        before = _start(world, **login)
        before.wait_ready()
        make, end = _commands("kafka-configs.sh")
        _run(secure, tmp_path, make, **{"ingestor-b": second})
        after = _start(world, **login | {"KAFKA_SASL_USERNAME": second, "KAFKA_SASL_PASSWORD": "a-new-one"})
        after.wait_ready()
        assert before.stop() == 0
        _run(secure, tmp_path, end, ingestor=first)
        sent = events(300)
        world.send(sent)
        await world.balanced()
        assert await world.stored() == identities(sent)
        late = _start(world, **login)
        late.wait_until("refused", lambda: "authentication" in late.output().lower())
        assert not late.is_ready()


def test_kafkas_own_tool_gives_a_right(secure: SecureKafka, tmp_path: Path) -> None:
    [command] = _commands("kafka-acls.sh")
    _run(secure, tmp_path, command)
