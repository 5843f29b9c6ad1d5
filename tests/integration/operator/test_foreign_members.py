"""Members of a consumer group that are no consumers, or that bring assignments nobody can read."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from uuid import uuid4

import pytest
from confluent_kafka import Consumer
from confluent_kafka.admin import AdminClient
from integration.operator.broker import create, partitions
from integration.operator.conftest import MakeResource
from integration.operator.kube import RESOURCE, Kube, eventually
from integration.operator.secure_kafka import PASSWORD, USER, SecureKafka, running_secure_kafka
from raw_member import HOSTILE, ONE_PARTITION, joined

from ingestor_dev.embedded.kafka import EmbeddedKafka
from ingestor_operator.kafka.admin import Admin
from ingestor_operator.kafka.credentials import ClientConfig
from ingestor_operator.kafka.marks import MARK_GROUP
from ingestor_operator.scaling import GroupState

CONNECT = "protocol type connect"
UNREADABLE = "an assignment that cannot be read"


@asynccontextmanager
async def connected(config: ClientConfig) -> AsyncIterator[Admin]:
    """A connection that has ended before the loop does."""
    admin = Admin(config)
    try:
        yield admin
    finally:
        if ends := admin.close():
            await asyncio.wait(ends, timeout=5)


@pytest.mark.parametrize(
    ("protocol_type", "assignment", "held", "unread"),
    [
        ("consumer", b"", (), None),
        ("consumer", ONE_PARTITION, (1,), None),
        *(("consumer", assignment, (), UNREADABLE) for assignment in HOSTILE),
        ("connect", b"", (), CONNECT),
        ("connect", ONE_PARTITION, (), CONNECT),
        ("sr", b'{"version":1}', (), "protocol type sr"),
    ],
)
async def test_a_group_is_described_whatever_its_members_are(
    kafka: EmbeddedKafka, protocol_type: str, assignment: bytes, held: tuple[int, ...], unread: str | None
) -> None:
    group = uuid4().hex
    async with connected({"bootstrap.servers": kafka.bootstrap}) as admin:
        async with joined(kafka.bootstrap, group, protocol_type, assignment):
            state, (member,) = await admin.group(group, "t")
            assert (state, member.partitions, member.unread) == (GroupState.STABLE, held, unread)
        assert await admin.group(group, "t") == (GroupState.EMPTY, ())
        assert await admin.group(uuid4().hex, "t") == (GroupState.DEAD, ())


async def test_a_group_of_the_newer_protocol_is_described_too(kafka: EmbeddedKafka, kafka_admin: AdminClient) -> None:
    group, topic = uuid4().hex, uuid4().hex
    create(kafka_admin, topic, 3)
    consumer = Consumer({"bootstrap.servers": kafka.bootstrap, "group.id": group, "group.protocol": "consumer"})
    consumer.subscribe([topic])
    try:
        async with asyncio.timeout(20):
            while not consumer.assignment():
                await asyncio.to_thread(consumer.poll, 0.1)
        async with connected({"bootstrap.servers": kafka.bootstrap}) as admin:
            state, (member,) = await admin.group(group, topic)
            assert (state, member.partitions, member.unread) == (GroupState.STABLE, (0, 1, 2), None)
    finally:
        consumer.close()


@pytest.fixture(scope="module")
def secure() -> Iterator[SecureKafka]:
    with running_secure_kafka() as kafka:
        yield kafka


@pytest.mark.parametrize("mutual", [False, True])
async def test_groups_are_described_over_tls_with_a_login(secure: SecureKafka, mutual: bool) -> None:
    client = secure.authority.issue("client")
    config: ClientConfig = {
        "bootstrap.servers": secure.mutual if mutual else secure.login,
        "security.protocol": "SASL_SSL",
        "sasl.mechanisms": "SCRAM-SHA-512",
        "sasl.username": USER,
        "sasl.password": PASSWORD,
        "ssl.ca.pem": secure.authority.certificate.read_text(),
    }
    if mutual:
        config |= {"ssl.certificate.pem": client.certificate.read_text(), "ssl.key.pem": client.key.read_text()}
    group = uuid4().hex
    secure.allow(USER, {("group", group): ["Describe"]})
    async with connected(config) as admin:
        await asyncio.wait_for(_becomes(admin, group, GroupState.DEAD), 20)


async def _becomes(admin: Admin, group: str, wanted: GroupState) -> None:
    """Wait until the group is in that state; the cluster's first group has to be made."""
    while True:
        if (await admin.group(group, "t"))[0] is wanted:
            return
        await asyncio.sleep(0.2)


@contextmanager
def foreign_member(kafka: EmbeddedKafka, group: str, protocol_type: str, assignment: bytes) -> Iterator[None]:
    """The group with such a member, held by a thread."""
    there, leaves = threading.Event(), threading.Event()

    async def stay() -> None:
        async with joined(kafka.bootstrap, group, protocol_type, assignment):
            there.set()
            await asyncio.to_thread(leaves.wait)

    thread = threading.Thread(target=asyncio.run, args=(stay(),))
    thread.start()
    try:
        assert there.wait(20)
        yield
    finally:
        leaves.set()
        thread.join()


KINDS = [("connect", b"\0\1garbage", CONNECT), ("consumer", b"\0", UNREADABLE)]


@pytest.mark.usefixtures("operator")
@pytest.mark.parametrize(("protocol_type", "assignment", "said"), KINDS)
def test_scaling_is_held_and_the_topics_can_still_be_deleted(
    kube: Kube,
    make: MakeResource,
    kafka: EmbeddedKafka,
    kafka_admin: AdminClient,
    protocol_type: str,
    assignment: bytes,
    said: str,
) -> None:
    name = make({"kafka": {"topic": {"deletionPolicy": "Delete"}}})
    with foreign_member(kafka, name, protocol_type, assignment):
        condition = kube.await_condition(name, "ScalingActive", "ForeignMembers")
        assert condition["status"] == "False"
        assert f"Group {name} has members of another kind ({said})" in condition["message"]
        assert kube.condition(name, "TopicReady")["reason"] == "TopicsReady"
        kube.delete(RESOURCE, "IngestorDeployment", name)
        eventually(lambda: kube.find(RESOURCE, "IngestorDeployment", name) is None, 20)
    assert partitions(kafka_admin, name) == 0


@pytest.mark.usefixtures("operator")
@pytest.mark.parametrize(("protocol_type", "assignment", "said"), KINDS)
def test_members_in_the_group_of_the_marks_stop_nothing(
    kube: Kube, make: MakeResource, kafka: EmbeddedKafka, protocol_type: str, assignment: bytes, said: str
) -> None:
    with foreign_member(kafka, MARK_GROUP, protocol_type, assignment):
        name = make()
        kube.await_condition(name, "TopicReady", "TopicsReady", 20)
