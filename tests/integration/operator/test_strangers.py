"""Topics that somebody else made or uses, and resources that claim what they cannot reach."""

import socket
import time
from collections.abc import Iterator

import pytest
from confluent_kafka import Consumer, TopicCollection, TopicPartition
from confluent_kafka.admin import AdminClient
from integration.operator.broker import alter, config, create, partitions
from integration.operator.cluster import Tenant, tenant
from integration.operator.conftest import MakeResource, resource_body
from integration.operator.envtest import ApiServer
from integration.operator.kube import RESOURCE, Body, Kube, eventually
from integration.operator.processes import running_operator

from ingestor_dev.embedded.kafka import EmbeddedKafka
from ingestor_dev.embedded.ports import free_port
from ingestor_operator.kafka.marks import MARK_GROUP, OwnerMark, load_mark

pytestmark = pytest.mark.usefixtures("operator")
ADOPT: Body = {"metadata": {"annotations": {"ingestor.dev/adopt-topic": "true"}}}
WEEK = str(168 * 3_600_000)


def mark_on(kafka: EmbeddedKafka, topic: str, topic_id: str) -> OwnerMark | None:
    reader = Consumer(kafka.client_config() | {"group.id": MARK_GROUP})
    (place,) = reader.committed([TopicPartition(topic, 0)], 10)
    reader.close()
    return load_mark(place.metadata, topic_id)


def owner(kafka: EmbeddedKafka, kube: Kube, name: str, topic: str) -> str | None:
    mark = mark_on(kafka, topic, kube.resource(name)["status"]["topic"]["id"])
    return mark.owner if mark else None


def test_a_topic_that_was_found_is_used_as_it_is_until_it_is_adopted(
    kube: Kube, make: MakeResource, kafka: EmbeddedKafka, kafka_admin: AdminClient
) -> None:
    name = make({"paused": True})
    create(kafka_admin, name, 3, **{"retention.ms": "1000"})
    create(kafka_admin, f"{name}.dlq", 1, **{"max.message.bytes": "4096"})
    kube.change(name, {"paused": False, "kafka": {"topic": {"partitions": 6}}})
    condition = kube.await_condition(name, "TopicReady", "TopicDiffers")
    assert condition["status"] == "True"
    message = condition["message"]
    assert f"Topic {name} was not made by the operator" in message
    assert f"partitions 3 instead of 6, retention.ms 1000 instead of {WEEK};" in message
    assert "max.message.bytes 4096 instead of 2097152" in message
    assert kube.find("apps/v1", "Deployment", f"{name}-api")
    assert (config(kafka_admin, name, "retention.ms"), partitions(kafka_admin, name)) == ("1000", 3)
    assert owner(kafka, kube, name, name) == f"{kube.namespace}/{name}"
    kube.patch(RESOURCE, "IngestorDeployment", name, ADOPT)
    eventually(lambda: config(kafka_admin, name, "retention.ms") == WEEK)
    eventually(lambda: config(kafka_admin, f"{name}.dlq", "max.message.bytes") == "2097152")


@pytest.mark.parametrize("suffix", ["", ".dlq"])
def test_a_compacted_topic_is_refused_and_nothing_is_created(
    kube: Kube, make: MakeResource, kafka_admin: AdminClient, suffix: str
) -> None:
    name = make({"paused": True})
    create(kafka_admin, f"{name}{suffix}", 1, **{"cleanup.policy": "compact,delete", "retention.ms": "-1"})
    kube.patch(RESOURCE, "IngestorDeployment", name, ADOPT | {"spec": {"paused": False}})
    condition = kube.await_condition(name, "TopicReady", "TopicCompacted")
    assert condition["status"] == "False"
    assert f"Topic {name}{suffix} is compacted (cleanup.policy=compact,delete)" in condition["message"]
    assert kube.condition(name, "Ready")["reason"] == "TopicCompacted"
    assert config(kafka_admin, f"{name}{suffix}", "retention.ms") == "-1"
    assert [kube.find("apps/v1", "Deployment", f"{name}-{part}") for part in ("api", "consumer")] == [None, None]
    assert partitions(kafka_admin, name) + partitions(kafka_admin, f"{name}.dlq") == 1
    alter(kafka_admin, f"{name}{suffix}", **{"cleanup.policy": "delete"})
    eventually(lambda: kube.find("apps/v1", "Deployment", f"{name}-api"))


@pytest.mark.parametrize("adopted", [False, True])
def test_a_found_topic_is_deleted_only_when_it_is_adopted(
    kube: Kube, make: MakeResource, kafka_admin: AdminClient, adopted: bool
) -> None:
    name = make({"paused": True, "kafka": {"topic": {"deletionPolicy": "Delete"}}})
    create(kafka_admin, name, 3)
    kube.patch(RESOURCE, "IngestorDeployment", name, (ADOPT if adopted else {}) | {"spec": {"paused": False}})
    eventually(lambda: partitions(kafka_admin, f"{name}.dlq") == 1)
    eventually(lambda: kube.resource(name)["metadata"].get("finalizers"))
    eventually(lambda: kube.condition(name, "TopicReady")["status"] == "True")
    kube.delete(RESOURCE, "IngestorDeployment", name)
    eventually(lambda: kube.find(RESOURCE, "IngestorDeployment", name) is None)
    eventually(lambda: partitions(kafka_admin, f"{name}.dlq") == 0)
    assert partitions(kafka_admin, name) == (0 if adopted else 3)
    assert ("TopicRetained" in kube.event_reasons(name)) is not adopted


def test_one_that_cannot_log_in_claims_nothing_from_a_younger_one(kube: Kube, make: MakeResource) -> None:
    # TLS to a port that speaks none.
    older = make({"kafka": {"tls": {}}})
    eventually(lambda: kube.condition(older, "TopicReady")["reason"].startswith("Kafka"), 40)
    topics: Body = {"topic": {"name": older}, "deadLetterTopic": {"name": f"{older}.dlq"}, "consumerGroup": older}
    younger = make({"kafka": topics})
    kube.await_condition(younger, "TopicReady", "TopicsReady")
    kube.change(older, {"kafka": {"tls": None}})
    condition = kube.await_condition(older, "TopicReady", "TopicClaimed", 40)
    assert f"to IngestorDeployment {kube.namespace}/{younger}" in condition["message"]
    time.sleep(2)
    assert kube.condition(younger, "TopicReady")["reason"] == "TopicsReady"


@pytest.fixture
def elsewhere(api_server: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    """Another namespace with an operator of its own, which does not see the first one's resources."""
    with tenant(api_server, tmp_path_factory.mktemp("elsewhere")) as made:
        options = (made.kubeconfig, made.folder, made.user, f"--namespace={made.name}")
        with running_operator(*options):
            yield made


def test_two_operators_notice_each_other_by_the_mark(
    kube: Kube, make: MakeResource, elsewhere: Tenant, kafka: EmbeddedKafka, kafka_admin: AdminClient
) -> None:
    topic = make()
    kube.await_condition(topic, "TopicReady", "TopicsReady")
    body = resource_body(topic, kafka.bootstrap, {"kafka": {"topic": {"retentionHours": 1}}})
    elsewhere.kube.create(body)
    condition = elsewhere.kube.await_condition(topic, "TopicReady", "TopicClaimed")
    uid = kube.resource(topic)["metadata"]["uid"]
    assert condition["message"].startswith(
        f"Topic {topic} and topic {topic}.dlq belong to IngestorDeployment {kube.namespace}/{topic} (uid {uid})"
    )
    assert elsewhere.kube.names("apps/v1", "Deployment") == set()
    messages = [item["message"] for item in elsewhere.kube.resource(topic)["status"]["conditions"]]
    assert not [message for message in messages if "  " in message]
    elsewhere.kube.patch(RESOURCE, "IngestorDeployment", topic, ADOPT)
    elsewhere.kube.await_condition(topic, "TopicReady", "TopicsReady")
    assert config(kafka_admin, topic, "retention.ms") == "3600000"
    condition = kube.await_condition(topic, "TopicReady", "TopicClaimed")
    assert f"to IngestorDeployment {elsewhere.name}/{topic}" in condition["message"]
    # Both with the annotation: the first one takes it back, once.
    kube.patch(RESOURCE, "IngestorDeployment", topic, ADOPT)
    kube.await_condition(topic, "TopicReady", "TopicsReady")
    elsewhere.kube.await_condition(topic, "TopicReady", "TopicClaimed")
    elsewhere.await_looks(topic, 3)
    assert owner(kafka, kube, topic, topic) == f"{kube.namespace}/{topic}"
    assert kube.condition(topic, "TopicReady")["reason"] == "TopicsReady"


def test_two_operators_that_find_one_topic_at_once_do_not_both_go_on(
    kube: Kube, make: MakeResource, elsewhere: Tenant, kafka: EmbeddedKafka, kafka_admin: AdminClient
) -> None:
    topic = make({"paused": True})
    for name in (topic, f"{topic}.dlq"):
        create(kafka_admin, name, 3 if name == topic else 1)
    kube.change(topic, {"paused": False})
    elsewhere.kube.create(resource_body(topic, kafka.bootstrap, {}))
    sides = (kube, elsewhere.kube)

    def reasons() -> list[str]:
        return sorted(side.condition(topic, "TopicReady")["reason"] for side in sides)

    eventually(lambda: reasons() in (["TopicClaimed", "TopicDiffers"], ["TopicClaimed", "TopicsReady"]))
    elsewhere.await_looks(topic, 2)
    assert reasons()[0] == "TopicClaimed"


def test_a_resource_of_the_same_name_in_its_place_goes_on_with_its_topic(
    kube: Kube, make: MakeResource, kafka: EmbeddedKafka, kafka_admin: AdminClient
) -> None:
    name = make()
    kube.await_condition(name, "TopicReady", "TopicsReady")
    kube.delete(RESOURCE, "IngestorDeployment", name)
    eventually(lambda: kube.find(RESOURCE, "IngestorDeployment", name) is None)
    body = resource_body(name, kafka.bootstrap, {"kafka": {"topic": {"retentionHours": 1}}})
    kube.create(body)
    kube.await_condition(name, "TopicReady", "TopicsReady")
    assert config(kafka_admin, name, "retention.ms") == "3600000"


def test_a_release_without_marks_is_followed_without_a_stop(
    kube: Kube, make: MakeResource, kafka: EmbeddedKafka, kafka_admin: AdminClient
) -> None:
    name = make({"paused": True})
    create(kafka_admin, name, 3, **{"retention.ms": "1000"})
    create(kafka_admin, f"{name}.dlq", 1)
    topic_id = str(kafka_admin.describe_topics(TopicCollection([name]))[name].result(10).topic_id)
    kube.patch_status(RESOURCE, "IngestorDeployment", name, {"topic": {"name": name, "id": topic_id, "partitions": 3}})
    kube.change(name, {"paused": False})
    eventually(lambda: config(kafka_admin, name, "retention.ms") == WEEK)
    kube.await_condition(name, "TopicReady", "TopicsReady")
    mark = mark_on(kafka, name, topic_id)
    assert mark is not None
    assert mark.made


def await_config(admin: AdminClient, topic: str, name: str, value: str) -> None:
    eventually(lambda: config(admin, topic, name) == value, 5)


@pytest.fixture
def black_hole() -> Iterator[str]:
    """Address of a server that takes every connection and answers nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=500) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def test_resources_whose_kafka_does_not_answer_hold_up_nobody(
    kube: Kube, make: MakeResource, kafka_admin: AdminClient, place: Tenant, black_hole: str
) -> None:
    many = ",".join(f"127.0.{number // 250}.{number % 250 + 1}:{free_port()}" for number in range(60))
    addresses = [black_hole] * 6 + ["no-such-host.invalid:9092"] * 3 + [many] * 2
    stuck = [make({"kafka": {"bootstrapServers": address}}) for address in addresses]
    begin = time.monotonic()
    name = make()
    kube.await_condition(name, "TopicReady", "TopicsReady", 15)
    for hours in (1, 2, 3):
        kube.change(name, {"kafka": {"topic": {"retentionHours": hours}}})
        await_config(kafka_admin, name, "retention.ms", str(hours * 3_600_000))
    place.await_looks(name, 3)
    assert time.monotonic() - begin < 40
    for other in stuck:
        kube.await_condition(other, "TopicReady", "KafkaUnreachable", 40)
