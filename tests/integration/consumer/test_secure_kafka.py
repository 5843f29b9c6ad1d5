"""The consumer on a Kafka as production has it: TLS, logins, client certificates, and only the sample's rights."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from integration.consumer.lessons import events
from integration.consumer.world import World, identities
from integration.operator.certificates import Identity
from integration.operator.secure_kafka import PASSWORD, USER, SecureKafka, rights_of_the_sample, running_secure_kafka
from integration.stack import make_topic

from ingestor_common.events import Event
from ingestor_common.records import key_of, value_of


@pytest.fixture(scope="module")
def secure() -> Iterator[SecureKafka]:
    with running_secure_kafka() as kafka:
        yield kafka


@pytest.fixture(scope="module")
def client(secure: SecureKafka) -> Identity:
    return secure.authority.issue("client")


@dataclass
class SecureWorld(World):
    """A world whose consumers log in; the tests themselves go by the broker's own listener."""

    login: dict[str, str] | None = None

    def environment(self) -> dict[str, str]:
        return super().environment() | (self.login or {})


@pytest.mark.long
@pytest.mark.parametrize("is_mutual", [False, True], ids=["login", "client certificate too"])
async def test_events_are_stored_over_tls_with_a_login(
    secure: SecureKafka,
    client: Identity,
    is_mutual: bool,
    migrated_database: str,
    tmp_path: Path,
    processes: ExitStack,
) -> None:
    topic = f"events-{uuid4().hex[:12]}"
    for name, count in ((topic, 3), (f"{topic}.dlq", 1)):
        make_topic(secure.admin, name, count)
    group = f"storing-{topic}"
    names = {"quiz-events": topic, "quiz-events.dlq": f"{topic}.dlq", "analytics-event-processors": group}
    secure.allow(USER, rights_of_the_sample(names))
    environment = {
        "KAFKA_BROKERS": secure.mutual if is_mutual else secure.login,
        "KAFKA_TOPIC": topic,
        "KAFKA_GROUP": group,
        "DATABASE_URL": migrated_database,
        "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        "KAFKA_SASL_USERNAME": USER,
        "KAFKA_SASL_PASSWORD": PASSWORD,
        "KAFKA_SSL_CA_LOCATION": str(secure.authority.certificate),
    }
    if is_mutual:
        environment |= {
            "KAFKA_SSL_CERTIFICATE_LOCATION": str(client.certificate),
            "KAFKA_SSL_KEY_LOCATION": str(client.key),
        }
    world = SecureWorld(
        secure.node.bootstrap, topic, migrated_database, tmp_path, processes, client_options=secure.node.client_config()
    )
    world.login = environment
    sent = events(200)
    _send(world, sent)
    consumer = world.ready_consumer()
    await world.balanced()
    assert await world.stored() == identities(sent)
    consumer.wait_ready()


def _send(world: World, sent: list[Event]) -> None:
    for event in sent:
        world.put(value_of(event), key_of(event))
    world.put(b"no event")
    world.flush()
