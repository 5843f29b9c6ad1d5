"""Secrets are changed by the commands of docs/operations/security.md, with the services at work and no gap."""

import re
import shlex
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest
from integration.admin.commands import admin
from integration.api.sending import new_event
from integration.api.test_accounts import account, post
from integration.consumer.lessons import events
from integration.consumer.world import World, identities
from integration.operator.certificates import make_authority
from integration.operator.secure_kafka import PASSWORD, SecureKafka, running_secure_kafka
from integration.rights import DOCUMENT, documented_rights
from integration.stack import make_topic
from services import Api, Consumer, get, running_api

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


def _output(command: str, folder: Path) -> str:
    """What a command of the shell prints in that folder."""
    return subprocess.run(["sh", "-c", command], cwd=folder, check=True, capture_output=True, text=True).stdout


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


@dataclass
class Storing:
    """A topic on the Kafka that asks who one is, and consumers of it that log in."""

    secure: SecureKafka
    world: World
    user: str

    def allow(self, user: str) -> None:
        """Give the user the rights of a consumer."""
        group, topic = self.world.group, self.world.topic
        names = {"quiz-events": topic, "quiz-events.dlq": f"{topic}.dlq", "analytics-event-processors": group}
        self.secure.allow(user, documented_rights("consumer", names))

    def start(self, **changes: str | Path) -> Consumer:
        """Start a consumer with `changes` to its environment."""
        login = {
            "KAFKA_BROKERS": self.secure.login,
            "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "KAFKA_SASL_USERNAME": self.user,
            "KAFKA_SASL_PASSWORD": PASSWORD,
            "KAFKA_SSL_CA_LOCATION": str(self.secure.authority.certificate),
        }
        return _start(self.world, **login | {name: str(value) for name, value in changes.items()})

    def start_ready(self, **changes: str | Path) -> Consumer:
        """The same, once it is ready."""
        consumer = self.start(**changes)
        consumer.wait_ready()
        return consumer


@pytest.fixture
def storing(secure: SecureKafka, migrated_database: str, tmp_path: Path) -> Iterator[Storing]:
    topic, user = f"events-{uuid4().hex[:8]}", f"a-{uuid4().hex[:8]}"
    for name, count in ((topic, 3), (f"{topic}.dlq", 1)):
        make_topic(secure.admin, name, count)
    secure.set_password(user, PASSWORD)
    node = secure.node
    with ExitStack() as processes:
        made = World(node.bootstrap, topic, migrated_database, tmp_path, processes, client_options=node.client_config())
        storing = Storing(secure, made, user)
        storing.allow(user)
        yield storing


async def _store(world: World, seed: int = 1) -> None:
    """Send events, and wait until they are stored."""
    sent = events(300, seed)
    world.send(sent)
    await world.balanced()
    assert identities(sent) <= await world.stored()


def _await_refusal(consumer: Consumer, words: str) -> None:
    consumer.wait_until("refused", lambda: words in consumer.output().lower())
    assert not consumer.is_ready()


async def test_a_second_user_of_kafka_takes_over(storing: Storing, tmp_path: Path) -> None:
    secure, second = storing.secure, f"b-{uuid4().hex[:8]}"
    storing.allow(second)
    before = storing.start_ready()
    make, end = _commands("kafka-configs.sh")
    _run(secure, tmp_path, make, **{"ingestor-b": second})
    storing.start_ready(KAFKA_SASL_USERNAME=second, KAFKA_SASL_PASSWORD="a-new-one")
    assert before.stop() == 0
    _run(secure, tmp_path, end, ingestor=storing.user)
    await _store(storing.world)
    _await_refusal(storing.start(), "authentication")


@pytest.mark.long
async def test_another_authority_takes_over_while_both_are_trusted(storing: Storing, tmp_path: Path) -> None:
    folder = tmp_path / "authorities"
    folder.mkdir()
    # Of the same name, as an authority is that was renewed with another key.
    other = make_authority(folder, "authority")
    old, new, both = (folder / f"{name}.crt" for name in ("old-ca", "new-ca", "ca"))
    shutil.copy(storing.secure.authority.certificate, old)
    shutil.copy(other.certificate, new)
    before = storing.start_ready(KAFKA_SSL_CA_LOCATION=old)
    [command] = _commands("cat")
    _output(command, folder)
    during = storing.start_ready(KAFKA_SSL_CA_LOCATION=both)
    assert before.stop() == 0
    with storing.secure.showing(other.issue("broker")):
        # So that it is shown to those who are connected already, too.
        storing.secure.node.restart()
        await _store(storing.world)
        storing.start_ready(KAFKA_SSL_CA_LOCATION=new)
        assert during.stop() == 0
        await _store(storing.world, seed=2)
        _await_refusal(storing.start(KAFKA_SSL_CA_LOCATION=old), "certificate verify failed")


async def test_the_next_client_certificate_takes_over(storing: Storing) -> None:
    def shown(name: str, days: int = 1) -> dict[str, str | Path]:
        client = storing.secure.authority.issue(f"{storing.user}-{name}", days)
        return {
            "KAFKA_BROKERS": storing.secure.mutual,
            "KAFKA_SSL_CERTIFICATE_LOCATION": client.certificate,
            "KAFKA_SSL_KEY_LOCATION": client.key,
        }

    before = storing.start_ready(**shown("first"))
    storing.start_ready(**shown("next"))
    assert before.stop() == 0
    await _store(storing.world)
    _await_refusal(storing.start(**shown("expired", days=0)), "alert certificate")


async def test_another_token_secret_ends_all_tokens_and_everybody_logs_in_again(
    migrated_database: str, tmp_path: Path
) -> None:
    (command,) = re.findall(r'jwt-secret="\$\((.*)\)"', DOCUMENT.read_text())
    new_secret = _output(command, tmp_path).strip()
    environment = {"DATABASE_URL": migrated_database, "AUTH_SIGNUP": "open"}
    person = account()

    async def logged_in(api: Api) -> dict[str, str]:
        status, body, _ = await post(
            f"{api.url}/api/auth/login", {name: person[name] for name in ("email", "password")}
        )
        assert status == 200
        return {"Authorization": f"Bearer {body['token']}"}

    async def sent(api: Api, login: dict[str, str]) -> int:
        return (await post(f"{api.url}/api/events", new_event(), login))[0]

    with running_api(environment, tmp_path / "before.log") as before:
        assert (await post(f"{before.url}/api/auth/signup", person))[0] == 201
        old = await logged_in(before)
        assert await sent(before, old) == 201
        with running_api(environment | {"JWT_SECRET": new_secret}, tmp_path / "after.log") as after:
            assert await sent(after, old) == 401
            new = await logged_in(after)
            assert await sent(after, new) == 201
            # While pods are rolled, some have the old secret yet.
            assert await sent(before, new) == 401


def test_kafkas_own_tool_gives_a_right(secure: SecureKafka, tmp_path: Path) -> None:
    [command] = _commands("kafka-acls.sh")
    _run(secure, tmp_path, command)
