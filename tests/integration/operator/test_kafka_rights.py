"""The operator works with exactly the rights of docs/operations/security.md, and says so where it lacks one."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from integration.operator.broker import partitions
from integration.operator.cluster import Tenant
from integration.operator.conftest import MakeResource
from integration.operator.kube import Body, Kube, eventually
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
    kube.change(name, {"kafka": {"topic": {"retentionHours": 24, "partitions": 4}}})
    eventually(lambda: partitions(secure.admin, name) == 4, PATIENT)
    eventually(lambda: lag(kube, name) == 0, PATIENT)


@pytest.mark.parametrize(
    ("kind", "resource", "operation", "change", "condition", "words"),
    [
        ("topic", EVENTS, "Create", {}, "TopicReady", "authorization failed"),
        ("topic", LETTERS, "Create", {}, "TopicReady", "authorization failed"),
        ("topic", EVENTS, "Alter", {"partitions": 4}, "TopicReady", "authorization failed"),
        ("topic", EVENTS, "AlterConfigs", {"retentionHours": 24}, "TopicReady", "authorization failed"),
        ("topic", EVENTS, "Read", {}, "TopicReady", "topic authorization failed"),
        ("topic", LETTERS, "Read", {}, "TopicReady", "topic authorization failed"),
        ("group", MARKS, "Read", {}, "TopicReady", "neither read nor written"),
        ("group", GROUP, "Describe", {}, "ScalingActive", "group authorization failed"),
    ],
)
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
    _start(kube, secure, name, user, without(documented_rights("operator", names), kind, names[resource], operation))
    if change:
        # Of a topic that is there: it would be made so at once.
        eventually(lambda: partitions(secure.admin, name) == 3, PATIENT)
        kube.change(name, {"kafka": {"topic": change}})

    def said() -> str:
        found = kube.condition(name, condition)
        assert words in found["message"].lower(), found
        return str(found["message"])

    eventually(said, PATIENT)
