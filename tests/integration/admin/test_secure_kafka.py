"""API, consumer and `ingestor-admin` work with exactly the rights of docs/operations/security.md, over SASL_SSL, and
without one of them say which is missing."""

import http.client
import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pytest
from integration.admin.commands import admin
from integration.consumer.lessons import events
from integration.consumer.world import World, identities
from integration.operator.broker import alter
from integration.operator.secure_kafka import PASSWORD, SecureKafka, running_secure_kafka
from integration.rights import Rights, documented_rights, without
from integration.stack import make_topic
from services import Api, Consumer, get, token

from ingestor_common.records import key_of, value_of

EVENTS, LETTERS, GROUP = "quiz-events", "quiz-events.dlq", "analytics-event-processors"


@pytest.fixture(scope="module")
def secure() -> Iterator[SecureKafka]:
    with running_secure_kafka() as kafka:
        yield kafka


@dataclass
class Place:
    """Topics, a group and a database of a test's own, on a Kafka that asks who one is."""

    secure: SecureKafka
    database: str
    folder: Path
    processes: ExitStack
    topic: str = field(default_factory=lambda: f"events-{uuid4().hex[:12]}")

    @property
    def names(self) -> dict[str, str]:
        return {EVENTS: self.topic, LETTERS: f"{self.topic}.dlq", GROUP: f"storing-{self.topic}"}

    def rights(self, who: str) -> Rights:
        return documented_rights(who, self.names)

    def login(self, who: str, rights: Rights) -> dict[str, str]:
        """The environment of a new user that has these rights."""
        user = f"{who}-{uuid4().hex[:12]}"
        self.secure.set_password(user, PASSWORD)
        self.secure.allow(user, rights)
        return {
            "KAFKA_BROKERS": self.secure.login,
            "KAFKA_TOPIC": self.topic,
            "KAFKA_GROUP": self.names[GROUP],
            "DATABASE_URL": self.database,
            "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "KAFKA_SASL_USERNAME": user,
            "KAFKA_SASL_PASSWORD": PASSWORD,
            "KAFKA_SSL_CA_LOCATION": str(self.secure.authority.certificate),
        }

    def api(self, rights: Rights) -> Api:
        environment = self.login("api", rights) | {"KAFKA_ENABLED": "true", "KAFKA_ROLLOUT_PERCENT": "100"}
        api = Api(environment, self.folder / "api.log")
        self.processes.enter_context(api)
        api.wait_listening()
        return api

    def consumer(self, rights: Rights) -> Consumer:
        consumer = Consumer(self.login("consumer", rights), self.folder / "consumer.log")
        self.processes.enter_context(consumer)
        return consumer

    def world(self) -> World:
        """The tests' own hands, by the broker's other listener."""
        node = self.secure.node
        return World(
            node.bootstrap, self.topic, self.database, self.folder, self.processes, client_options=node.client_config()
        )


@pytest.fixture
def place(secure: SecureKafka, migrated_database: str, tmp_path: Path) -> Iterator[Place]:
    with ExitStack() as processes:
        made = Place(secure, migrated_database, tmp_path, processes)
        make_topic(secure.admin, made.topic, 3)
        make_topic(secure.admin, f"{made.topic}.dlq", 1)
        yield made


def _send(api: Api, value: bytes, route: str = "/api/events") -> str:
    """Send one event, or a batch; gives the path that it took."""
    connection = http.client.HTTPConnection("127.0.0.1", api.port, timeout=10)
    try:
        headers = {"Authorization": f"Bearer {token('WRITE')}", "Content-Type": "application/json"}
        connection.request("POST", route, value, headers)
        response = connection.getresponse()
        body = response.read()
        assert response.status == 201, body
        return str(json.loads(body)["mode"])
    finally:
        connection.close()


def _told(consumer: Consumer) -> str:
    answer = get(f"{consumer.probes}/readyz")
    return "" if answer is None else answer[1].decode()


async def test_api_and_consumer_do_all_their_work_with_the_documented_rights(place: Place) -> None:
    api, consumer, world = place.api(place.rights("API")), place.consumer(place.rights("consumer")), place.world()
    api.wait_path("kafka", "up")
    sent = events(20)
    assert {_send(api, value_of(event)) for event in sent} == {"kafka"}
    world.put(b"no event")
    world.flush()
    consumer.wait_ready()
    books = await world.balanced()
    assert await world.stored() == identities(sent)
    assert sum(account.dead_lettered for account in books.values()) == 1


async def test_the_commands_do_all_their_work_with_the_documented_rights(place: Place) -> None:
    world, sent = place.world(), events(20)
    for event in sent:
        world.put(value_of(event), key_of(event))
    world.put(b"no event")
    world.flush()
    consumer = place.consumer(place.rights("consumer"))
    await world.balanced()
    assert consumer.stop() == 0
    environment = place.login("admin", place.rights("admin"))
    for arguments, said in [
        (("topic",), f"topic {place.topic}"),
        (("ledger",), ""),
        (("replay", "--from", "0", "--dry-run"), ""),
        (("replay", "--from", "0"), ""),
        (("dlq", "list"), "1 dead letter, 1 shown"),
        (("dlq", "show", "0:0"), "dlq-reason: not_json"),
        (("dlq", "retry", "--all"), "1 dead letter sent back"),
    ]:
        done = admin(environment, *arguments)
        assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
        assert said in done.stdout, f"{arguments}: {done.stdout}"
    assert sum(world.log_ends().values()) == len(sent) + 2


def test_without_the_right_to_write_events_go_directly_and_the_log_says_why(place: Place) -> None:
    api = place.api(without(place.rights("API"), "topic", place.topic, "Write"))
    assert _send(api, value_of(events(1)[0])) == "direct"
    api.wait_until("said", lambda: "authorization failed" in api.output().lower())


def test_without_the_right_to_look_at_the_topics_settings_batches_are_made_to_fit_all_the_same(place: Place) -> None:
    alter(place.secure.admin, place.topic, **{"max.message.bytes": "4096"})
    api = place.api(without(place.rights("API"), "topic", place.topic, "DescribeConfigs"))
    api.wait_path("kafka", "up")
    # Of one session, and so for one partition: more in one batch of records than the topic takes.
    batch = b"[" + b",".join(map(value_of, events(200, sessions=1))) + b"]"
    # The first may be refused several times, until its deadline is over.
    api.wait_until("sent by Kafka whole", lambda: _send(api, batch, "/api/events/batch") == "kafka")
    assert sum(place.world().log_ends().values()) >= 200
    assert '"before": 1000000, "event": "the producer\'s batches change"' in api.output()


@pytest.mark.parametrize(
    ("kind", "name", "operation", "said"),
    [
        ("topic", EVENTS, "Read", "Topic authorization failed"),
        ("topic", LETTERS, "Write", "Topic authorization failed"),
        ("group", GROUP, "Read", "Group authorization failed"),
    ],
)
def test_a_consumer_that_lacks_a_right_is_not_ready_and_says_which(
    place: Place, kind: str, name: str, operation: str, said: str
) -> None:
    world = place.world()
    world.put(b"no event")
    world.flush()
    consumer = place.consumer(without(place.rights("consumer"), kind, place.names[name], operation))
    consumer.wait_until("said", lambda: said.lower() in _told(consumer).lower())
    assert place.names[name] in _told(consumer)
    assert not consumer.is_ready()


@pytest.mark.parametrize(
    ("kind", "name", "operation", "arguments", "said"),
    [
        ("topic", EVENTS, "Read", ("replay", "--from", "0"), "authorization failed"),
        ("topic", EVENTS, "Write", ("dlq", "retry", "--all"), "authorization failed"),
        ("topic", LETTERS, "Read", ("dlq", "list"), "authorization failed"),
        ("group", GROUP, "Describe", ("topic",), "authorization failed"),
    ],
)
def test_a_command_that_lacks_a_right_fails_and_says_which(
    place: Place, kind: str, name: str, operation: str, arguments: tuple[str, ...], said: str
) -> None:
    world = place.world()
    world.put(b"no event")
    world.flush()
    letter = [("dlq-reason", b"not_json"), ("dlq-topic", place.topic.encode())]
    sender = world.sender()
    sender.put(f"{place.topic}.dlq", b"no event", b"k", headers=[*letter])
    sender.flush()
    environment = place.login("admin", without(place.rights("admin"), kind, place.names[name], operation))
    done = admin(environment, *arguments)
    assert done.returncode == 3, f"{done.stdout}{done.stderr}"
    assert said in done.stderr.lower()
    assert place.names[name] in done.stderr


@pytest.fixture
def bare(secure: SecureKafka, migrated_database: str, tmp_path: Path) -> Place:
    """A place whose topics are not made yet."""
    return Place(secure, migrated_database, tmp_path, ExitStack())


def _creator(place: Place, rights: Rights) -> dict[str, str]:
    """The environment of a new user of the commands that has these rights too."""
    environment = place.login("admin", place.rights("admin"))
    place.secure.allow(environment["KAFKA_SASL_USERNAME"], rights)
    return environment


def test_topics_are_made_with_the_documented_rights(bare: Place) -> None:
    environment = _creator(bare, bare.rights("admin that creates"))
    made, compared = (admin(environment, "topic", "create") for _ in range(2))
    assert (made.returncode, compared.returncode) == (0, 0), f"{made}{compared}"
    assert made.stdout.startswith(f"created {bare.topic}")
    assert compared.stdout.splitlines() == [f"{bare.topic} exists", f"{bare.topic}.dlq exists"]


@pytest.mark.parametrize("name", [EVENTS, LETTERS])
@pytest.mark.parametrize("operation", ["Create", "DescribeConfigs"])
def test_topics_are_not_made_or_compared_without_one_of_them(bare: Place, name: str, operation: str) -> None:
    lacking = bare.names[name]
    environment = _creator(bare, without(bare.rights("admin that creates"), "topic", lacking, operation))
    done = admin(environment, "topic", "create")
    if operation == "DescribeConfigs":
        assert done.returncode == 0, done.stderr
        done = admin(environment, "topic", "create")
    assert done.returncode == 3
    assert f"topic {lacking}: " in done.stderr
    assert "authorization failed" in done.stderr.lower()
