"""The operator on a Kafka with TLS, logins, client certificates and ACLs, as the samples have it."""

from collections.abc import Iterator

import pytest
from confluent_kafka import Consumer, TopicPartition
from integration.kafka_sending import RecordSender
from integration.operator.broker import config, partitions
from integration.operator.certificates import Identity, make_authority
from integration.operator.cluster import Tenant
from integration.operator.conftest import MakeResource
from integration.operator.kube import Body, Kube, eventually
from integration.operator.secure_kafka import (
    PASSWORD,
    USER,
    SecureKafka,
    rights_of_the_sample,
    running_secure_kafka,
)

from ingestor_dev.embedded.kafka_properties import ADMIN
from ingestor_operator.kafka.marks import MARK_GROUP

pytestmark = pytest.mark.usefixtures("operator")
PATIENT = 40.0
"""Seconds: a look at a Kafka that lets nobody in takes five."""
ONE_BROKER: Body = {"partitions": 3, "replicationFactor": 1, "config": {"min.insync.replicas": "1"}}


@pytest.fixture(scope="module")
def secure() -> Iterator[SecureKafka]:
    with running_secure_kafka() as kafka:
        yield kafka


@pytest.fixture(scope="module")
def client(secure: SecureKafka) -> Identity:
    return secure.authority.issue("client")


@pytest.fixture(scope="module")
def stranger(secure: SecureKafka) -> Identity:
    """Of an authority that nobody trusts; it stands for its own certificate as well."""
    return make_authority(secure.authority.folder, "stranger").identity


def secret(place: Tenant, name: str, **files: object) -> str:
    """Create the Secret, or put something else into it; gives its name."""
    arguments = [f"--from-file={key.replace('_', '.')}={path}" for key, path in files.items()]
    return apply_secret(place, name, *arguments)


def login(place: Tenant, name: str, user: str, password: str) -> str:
    return apply_secret(place, name, f"--from-literal=username={user}", f"--from-literal=password={password}")


def apply_secret(place: Tenant, name: str, *arguments: str) -> str:
    made = place.kubectl("create", "secret", "generic", name, *arguments, "--dry-run=client", "--output=yaml")
    path = place.folder / f"{name}.yaml"
    path.write_text(made)
    place.kubectl("apply", "--filename", str(path))
    return name


def pods_secrets(kube: Kube, name: str) -> str:
    template = kube.get("apps/v1", "Deployment", f"{name}-consumer")["spec"]["template"]
    secrets: str = template["metadata"]["annotations"]["ingestor.dev/secrets"]
    return secrets


def lag(kube: Kube, name: str) -> object:
    return kube.resource(name)["status"]["consumer"].get("lag")


def store(secure: SecureKafka, topic: str, group: str, records: int) -> None:
    """Write records as the API does, read and commit but one of them as the consumer does."""
    sender = RecordSender(secure.client_config() | {"enable.idempotence": True, "acks": "all"})
    for _ in range(records):
        sender.put(topic, b"{}", partition=0)
    sender.flush()
    settings = {"group.id": group, "auto.offset.reset": "earliest", "enable.auto.commit": False}
    consumer = Consumer(secure.client_config() | settings)
    consumer.subscribe([topic])
    read = consumer.consume(records, timeout=20)
    assert [record.error() for record in read] == [None] * records
    places = [TopicPartition(topic, 0, records - 1), TopicPartition(topic, 1, 0), TopicPartition(topic, 2, 0)]
    consumer.commit(offsets=places, asynchronous=False)
    consumer.close()


def test_the_production_sample_needs_no_more_than_the_user_of_the_platform_sample(
    place: Tenant, kube: Kube, make: MakeResource, secure: SecureKafka
) -> None:
    apply_secret(place, "ingestor", f"--from-literal=password={PASSWORD}")
    secret(place, "events-cluster-ca-cert", ca_crt=secure.authority.certificate)
    apply_secret(place, "quiz-db-app", "--from-literal=uri=postgresql://db/quiz")
    small = {
        "kafka": {"bootstrapServers": secure.login, "topic": ONE_BROKER},
        "consumer": {"replicas": {"min": 1, "max": 3}},
    }
    name = make({"paused": True} | small, "production")
    names = {"quiz-events": name, "quiz-events.dlq": f"{name}.dlq", "analytics-event-processors": name}
    secure.allow(USER, rights_of_the_sample(names))
    kube.change(name, {"paused": False})
    kube.await_condition(name, "TopicReady", "TopicsReady", PATIENT)
    kube.change(name, {"kafka": {"topic": {"retentionHours": 24, "partitions": 4}}})
    eventually(lambda: partitions(secure.admin, name) == 4, PATIENT)
    store(secure, name, name, 5)
    eventually(lambda: lag(kube, name) == 1)


@pytest.mark.parametrize("allowed", [[], ["Describe"]])
def test_without_the_right_to_mark_topics_it_says_so_and_goes_on(
    place: Tenant, kube: Kube, make: MakeResource, secure: SecureKafka, allowed: list[str]
) -> None:
    user = f"unmarked-{len(allowed)}"
    secure.set_password(user, "secret")
    spec = {
        "bootstrapServers": secure.login,
        "tls": {"caSecretRef": {"name": secret(place, "marks-ca", ca_crt=secure.authority.certificate)}},
        "sasl": {"secretRef": {"name": login(place, f"{user}-login", user, "secret")}},
    }
    name = make({"paused": True, "kafka": spec})
    rights = rights_of_the_sample(
        {"quiz-events": name, "quiz-events.dlq": f"{name}.dlq", "analytics-event-processors": name}
    )
    secure.allow(user, rights | {("group", MARK_GROUP): allowed})
    kube.change(name, {"paused": False})
    condition = kube.await_condition(name, "TopicReady", "TopicUnmarked", PATIENT)
    assert condition["status"] == "True"
    assert "Group authorization failed" in condition["message"]
    assert f"The owner mark of {name} and {name}.dlq" in condition["message"]
    # They are its own all the same: the status remembers.
    kube.change(name, {"kafka": {"topic": {"retentionHours": 1}}})
    eventually(lambda: config(secure.admin, name, "retention.ms") == "3600000", PATIENT)
    secure.allow(user, {("group", MARK_GROUP): ["Describe", "Read"]})
    kube.await_condition(name, "TopicReady", "TopicsReady", PATIENT)


def test_a_wrong_authority_is_said_and_the_right_one_is_picked_up(
    place: Tenant, kube: Kube, make: MakeResource, secure: SecureKafka, stranger: Identity
) -> None:
    authority = secret(place, "wrong-ca", ca_crt=stranger.certificate)
    spec = {
        "bootstrapServers": secure.login,
        "tls": {"caSecretRef": {"name": authority}},
        "sasl": {"secretRef": {"name": login(place, "right-login", ADMIN, "admin-secret")}},
    }
    name = make({"kafka": spec})
    condition = kube.await_condition(name, "TopicReady", "KafkaTlsFailed", PATIENT)
    assert condition["message"] == (
        f"TLS with Kafka at {secure.login} fails: the broker's certificate is not what the authority in Secret"
        " wrong-ca[ca.crt] vouches for (certificate verify failed: broker certificate could not be verified)."
    )
    (event,) = eventually(lambda: [one for one in kube.events(name) if one["reason"] == "KafkaTlsFailed"])
    assert (event["type"], event["message"]) == ("Warning", condition["message"])
    secret(place, "wrong-ca", ca_crt=secure.authority.certificate)
    kube.await_condition(name, "TopicReady", "TopicsReady", PATIENT)
    assert partitions(secure.admin, name) == 3


def test_a_wrong_password_is_said_and_a_rotated_one_is_picked_up(
    place: Tenant, kube: Kube, make: MakeResource, secure: SecureKafka
) -> None:
    secure.set_password("teacher", "first")
    spec = {
        "bootstrapServers": secure.login,
        "tls": {"caSecretRef": {"name": secret(place, "right-ca", ca_crt=secure.authority.certificate)}},
        "sasl": {"secretRef": {"name": login(place, "rotated", "teacher", "first")}},
    }
    name = make({"paused": True, "kafka": spec})
    names = {"quiz-events": name, "quiz-events.dlq": f"{name}.dlq", "analytics-event-processors": name}
    secure.allow("teacher", rights_of_the_sample(names))
    kube.change(name, {"paused": False})
    kube.await_condition(name, "TopicReady", "TopicsReady", PATIENT)
    job, secrets = kube.job(name), pods_secrets(kube, name)
    # The Secret is rotated before Kafka is.
    login(place, "rotated", "teacher", "second")
    condition = kube.await_condition(name, "TopicReady", "KafkaLoginRefused", PATIENT)
    assert condition["message"] == (
        f"Kafka at {secure.login} refuses the login: SASL authentication error: Authentication failed during"
        " authentication due to invalid credentials with SASL mechanism SCRAM-SHA-512. Look at Secret rotated."
    )
    (event,) = eventually(lambda: [one for one in kube.events(name) if one["reason"] == "KafkaLoginRefused"])
    assert (event["type"], event["message"]) == ("Warning", condition["message"])
    kube.await_condition(name, "ScalingActive", "LagUnknown")
    # What Kafka refuses goes to no pod before the Job has succeeded with it.
    eventually(lambda: kube.job(name) != job)
    assert pods_secrets(kube, name) == secrets
    kube.finish_job(name)
    eventually(lambda: pods_secrets(kube, name) != secrets)
    secure.set_password("teacher", "second")
    kube.await_condition(name, "TopicReady", "TopicsReady", PATIENT)


def test_a_client_certificate_is_shown_where_it_is_asked_for(
    place: Tenant, kube: Kube, make: MakeResource, secure: SecureKafka, client: Identity, stranger: Identity
) -> None:
    secret(place, "kafka-ca", ca_crt=secure.authority.certificate)
    secret(place, "kafka-client", tls_crt=stranger.certificate, tls_key=stranger.key)
    login(place, "kafka-login", ADMIN, "admin-secret")
    name = make({"kafka": {"bootstrapServers": secure.mutual, "topic": ONE_BROKER}}, "sasl-tls")
    condition = kube.await_condition(name, "TopicReady", "KafkaTlsFailed", PATIENT)
    assert "does not accept the client's certificate in Secret kafka-client[tls.crt]" in condition["message"]
    secret(place, "kafka-client", tls_crt=client.certificate, tls_key=client.key)
    kube.await_condition(name, "TopicReady", "TopicsReady", PATIENT)
    kube.change(name, {"kafka": {"tls": {"clientSecretRef": None}}})
    condition = kube.await_condition(name, "TopicReady", "KafkaTlsFailed", PATIENT)
    assert "kafka.tls.clientSecretRef is absent" in condition["message"]


def test_a_kafka_that_goes_and_comes_back_is_followed(
    place: Tenant, kube: Kube, make: MakeResource, secure: SecureKafka
) -> None:
    sasl = {"mechanism": "SCRAM-SHA-512", "username": ADMIN, "secretRef": {"name": "later-login"}}
    name = make({"kafka": {"bootstrapServers": secure.node.bootstrap, "sasl": sasl}})
    condition = kube.await_condition(name, "TopicReady", "KafkaCredentialsMissing")
    assert "Secret later-login with key password is needed" in condition["message"]
    apply_secret(place, "later-login", "--from-literal=password=admin-secret")
    kube.await_condition(name, "TopicReady", "TopicsReady")
    secure.node.kill()
    kube.await_condition(name, "TopicReady", "KafkaUnreachable", PATIENT)
    assert kube.resource(name)["status"]["topic"]["partitions"] == 3
    secure.node.start()
    secure.node.wait_ready()
    kube.await_condition(name, "TopicReady", "TopicsReady", PATIENT)
