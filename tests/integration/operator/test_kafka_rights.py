"""The operator works with exactly the rights of docs/operations/security.md, and says so where it lacks one."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from confluent_kafka import Consumer, TopicPartition
from integration.operator.broker import commit, config, create, partitions, topics
from integration.operator.cluster import Tenant
from integration.operator.conftest import MakeResource
from integration.operator.kube import RESOURCE, Body, Kube, eventually
from integration.operator.secure_kafka import PASSWORD, SecureKafka, running_secure_kafka
from integration.operator.test_tls import PATIENT, lag, login, secret
from integration.rights import Rights, documented_rights, without

pytestmark = pytest.mark.usefixtures("operator")
EVENTS, LETTERS, GROUP = "quiz-events", "quiz-events.dlq", "analytics-event-processors"
MARKS = "ingestor-operator"


@pytest.fixture(scope="module")
def secure() -> Iterator[SecureKafka]:
    with running_secure_kafka() as kafka:
        yield kafka


def _names(name: str) -> dict[str, str]:
    return {EVENTS: name, LETTERS: f"{name}.dlq", GROUP: name, MARKS: MARKS}


def _spec(place: Tenant, secure: SecureKafka, user: str) -> Body:
    secure.set_password(user, PASSWORD)
    return {
        "bootstrapServers": secure.login,
        "tls": {"caSecretRef": {"name": secret(place, "kafka-authority", ca_crt=secure.authority.certificate)}},
        "sasl": {"secretRef": {"name": login(place, user, user, PASSWORD)}},
    }


def _user() -> str:
    return f"operator-{uuid4().hex[:8]}"


def _start(kube: Kube, secure: SecureKafka, name: str, user: str, rights: Rights) -> None:
    secure.allow(user, rights)
    kube.change(name, {"paused": False})


def test_the_operator_needs_no_more_than_the_documented_rights(
    place: Tenant, kube: Kube, make: MakeResource, secure: SecureKafka
) -> None:
    user = _user()
    name = make({"paused": True, "kafka": _spec(place, secure, user)})
    _start(kube, secure, name, user, documented_rights("operator", _names(name)))
    kube.await_condition(name, "TopicReady", "TopicsReady", PATIENT)
    changes = {"retentionHours": 24, "partitions": 4}
    kube.change(name, {"kafka": {"topic": changes, "deadLetterTopic": changes}})
    for topic in (name, f"{name}.dlq"):
        eventually(lambda topic=topic: partitions(secure.admin, topic) == 4, PATIENT)  # type: ignore[misc]
        eventually(lambda topic=topic: config(secure.admin, topic, "retention.ms") == "86400000", PATIENT)  # type: ignore[misc]
    eventually(lambda: lag(kube, name) == 0, PATIENT)


@pytest.mark.parametrize(
    ("kind", "resource", "operation", "change", "condition", "words"),
    [
        ("topic", EVENTS, "Create", {}, "TopicReady", "authorization failed"),
        ("topic", LETTERS, "Create", {}, "TopicReady", "authorization failed"),
        ("topic", EVENTS, "Alter", {"topic": {"partitions": 4}}, "TopicReady", "authorization failed"),
        ("topic", LETTERS, "Alter", {"deadLetterTopic": {"partitions": 4}}, "TopicReady", "authorization failed"),
        ("topic", EVENTS, "AlterConfigs", {"topic": {"retentionHours": 24}}, "TopicReady", "authorization failed"),
        (
            "topic", LETTERS, "AlterConfigs", {"deadLetterTopic": {"retentionHours": 24}}, "TopicReady",
            "authorization failed",
        ),
        ("topic", EVENTS, "AlterConfigs", {}, "TopicReady", "topic authorization failed"),
        ("topic", LETTERS, "AlterConfigs", {}, "TopicReady", "topic authorization failed"),
        ("topic", EVENTS, "Read", {}, "TopicReady", "topic authorization failed"),
        ("topic", LETTERS, "Read", {}, "TopicReady", "topic authorization failed"),
        ("group", MARKS, "Read", {}, "TopicReady", "neither read nor written"),
        ("group", GROUP, "Describe", {}, "ScalingActive", "group authorization failed"),
    ],
)  # fmt: skip
def test_without_one_of_them_it_says_so(
    place: Tenant,
    kube: Kube,
    make: MakeResource,
    secure: SecureKafka,
    kind: str,
    resource: str,
    operation: str,
    change: Body,
    condition: str,
    words: str,
) -> None:
    user = _user()
    name = make({"paused": True, "kafka": _spec(place, secure, user)})
    names = _names(name)
    rights = without(documented_rights("operator", names), kind, names[resource], operation)
    if operation == "AlterConfigs" and change:
        # It includes DescribeConfigs, without which not even a look is possible.
        rights[kind, names[resource]] += ["DescribeConfigs"]
    _start(kube, secure, name, user, rights)
    if change:
        # Of topics that are there: they would be made so at once.
        kube.await_condition(name, "TopicReady", "TopicsReady", PATIENT)
        kube.change(name, {"kafka": change})

    def said() -> str:
        found = kube.condition(name, condition)
        assert words in found["message"].lower(), found
        assert kind == "group" or names[resource] in found["message"], found
        return str(found["message"])

    eventually(said, PATIENT)


def _deleting(
    place: Tenant, kube: Kube, make: MakeResource, secure: SecureKafka, kind: str = "", name: str = "", lacks: str = ""
) -> tuple[str, str]:
    """Names of a resource that deletes its topics, with all rights for that but the one it lacks, and of its user."""
    user = _user()
    spec = _spec(place, secure, user) | {"topic": {"deletionPolicy": "Delete"}}
    resource = make({"paused": True, "kafka": spec})
    names = _names(resource)
    more = documented_rights("operator that deletes", names)
    secure.allow(user, without(more, kind, names.get(name, name), lacks) if lacks else more)
    _start(kube, secure, resource, user, documented_rights("operator", names))
    kube.await_condition(resource, "TopicReady", "TopicsReady", PATIENT)
    return resource, user


def _await_end(kube: Kube, secure: SecureKafka, name: str) -> None:
    """Wait until the resource is gone, and its topics with it."""
    eventually(lambda: kube.find(RESOURCE, "IngestorDeployment", name) is None, PATIENT)
    eventually(lambda: topics(secure.admin, name) == set())


def test_topics_are_deleted_with_the_documented_rights(
    place: Tenant, kube: Kube, make: MakeResource, secure: SecureKafka
) -> None:
    # Of a stranger, with offsets on a topic of its own: what the operator may not read there is not asked for.
    create(secure.admin, elsewhere := f"elsewhere-{uuid4().hex[:8]}", 1)
    commit(secure.node, elsewhere, elsewhere, {0: 0})
    name, _ = _deleting(place, kube, make, secure)
    kube.delete(RESOURCE, "IngestorDeployment", name)
    _await_end(kube, secure, name)


@pytest.mark.parametrize(
    ("kind", "resource", "operation", "reason", "words"),
    [
        ("topic", EVENTS, "Delete", "DeletionFailed", "Topic authorization failed; the login needs Delete on it"),
        ("topic", LETTERS, "Delete", "DeletionFailed", "Topic authorization failed; the login needs Delete on it"),
        ("group", "*", "Describe", "ForeignGroups", "the login needs Describe on all groups (*)"),
    ],
)
def test_topics_stay_without_one_of_them_and_go_once_it_is_there(
    place: Tenant,
    kube: Kube,
    make: MakeResource,
    secure: SecureKafka,
    kind: str,
    resource: str,
    operation: str,
    reason: str,
    words: str,
) -> None:
    name, user = _deleting(place, kube, make, secure, kind, resource, operation)
    kube.delete(RESOURCE, "IngestorDeployment", name)
    assert words in kube.await_condition(name, "Ready", reason, PATIENT)["message"]
    lacking = _names(name).get(resource, resource)
    assert partitions(secure.admin, lacking if kind == "topic" else name)
    secure.allow(user, {(kind, lacking): [operation]})
    _await_end(kube, secure, name)


def test_a_group_that_kafka_does_not_show_keeps_its_topic(
    place: Tenant, kube: Kube, make: MakeResource, secure: SecureKafka
) -> None:
    name, user = _deleting(place, kube, make, secure, "group", "*", "Describe")
    commit(secure.node, f"{name}-reports", name, {0: 0})
    kube.delete(RESOURCE, "IngestorDeployment", name)
    kube.await_condition(name, "Ready", "ForeignGroups", PATIENT)
    secure.allow(user, {("group", "*"): ["Describe"]})
    eventually(lambda: f"{name}-reports" in kube.condition(name, "Ready")["message"], PATIENT)
    assert partitions(secure.admin, name) == 3
    kube.change(name, {"kafka": {"topic": {"deletionPolicy": "Retain"}}})


def test_members_on_a_topic_that_kafka_does_not_show_keep_the_topics(
    place: Tenant, kube: Kube, make: MakeResource, secure: SecureKafka
) -> None:
    name, user = _deleting(place, kube, make, secure, "topic", "*", "Describe")
    create(secure.admin, elsewhere := f"elsewhere-{uuid4().hex[:8]}", 1)
    consumer = Consumer(secure.node.client_config() | {"group.id": elsewhere, "group.protocol": "consumer"})
    try:
        consumer.subscribe([elsewhere])
        eventually(lambda: consumer.poll(0.1) or consumer.assignment(), PATIENT)
        kube.delete(RESOURCE, "IngestorDeployment", name)
        condition = kube.await_condition(name, "Ready", "ForeignGroups", PATIENT)
        words = f"{elsewhere}: Topic authorization failed; the login needs Describe on all topics (*)"
        assert words in condition["message"]
        secure.allow(user, {("topic", "*"): ["Describe"]})
        _await_end(kube, secure, name)
    finally:
        consumer.close()


def test_an_offset_tells_that_a_group_reads_whose_members_kafka_does_not_show(
    place: Tenant, kube: Kube, make: MakeResource, secure: SecureKafka
) -> None:
    name, _ = _deleting(place, kube, make, secure, "topic", "*", "Describe")
    create(secure.admin, elsewhere := f"elsewhere-{uuid4().hex[:8]}", 1)
    consumer = Consumer(secure.node.client_config() | {"group.id": elsewhere, "group.protocol": "consumer"})
    try:
        consumer.subscribe([elsewhere])
        eventually(lambda: consumer.poll(0.1) or consumer.assignment(), PATIENT)
        consumer.commit(offsets=[TopicPartition(name, 0, 0)], asynchronous=False)
        kube.delete(RESOURCE, "IngestorDeployment", name)
        condition = kube.await_condition(name, "Ready", "ForeignGroups", PATIENT)
        named = f"while other groups have members or offsets on it or its dead letters: {elsewhere}"
        assert named in condition["message"]
    finally:
        consumer.close()
        kube.change(name, {"kafka": {"topic": {"deletionPolicy": "Retain"}}})
