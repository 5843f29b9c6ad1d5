"""What becomes of the topics, and of the resource, when it is deleted."""

import asyncio
import time

import pytest
from confluent_kafka.admin import AdminClient
from integration.operator.broker import commit, commit_as_groups, create, log_ends, partitions, produce, topics
from integration.operator.conftest import MakeResource
from integration.operator.kube import RESOURCE, Kube, eventually
from integration.operator.processes import OperatorProcess
from integration.stack import KafkaFactory

from ingestor_dev.embedded.kafka import EmbeddedKafka

pytestmark = pytest.mark.usefixtures("operator")


def test_retain_keeps_them(kube: Kube, make: MakeResource, kafka_admin: AdminClient) -> None:
    name = make()
    kube.await_condition(name, "TopicReady", "TopicsReady")
    kube.delete(RESOURCE, "IngestorDeployment", name)
    eventually(lambda: kube.find(RESOURCE, "IngestorDeployment", name) is None)
    assert partitions(kafka_admin, name) == 3


def finalizers(kube: Kube, name: str) -> list[str]:
    return list(kube.resource(name)["metadata"].get("finalizers", []))


def test_only_what_deletes_topics_has_a_finalizer(kube: Kube, make: MakeResource) -> None:
    name = make()
    kube.await_condition(name, "TopicReady", "TopicsReady")
    assert finalizers(kube, name) == []
    kube.change(name, {"kafka": {"topic": {"deletionPolicy": "Delete"}}})
    eventually(lambda: finalizers(kube, name) == ["ingestor.dev/operator"])
    kube.change(name, {"mode": "Observe"})
    eventually(lambda: finalizers(kube, name) == [])


def test_delete_takes_them_away(kube: Kube, make: MakeResource, kafka_admin: AdminClient) -> None:
    name = make({"kafka": {"topic": {"deletionPolicy": "Delete"}}})
    kube.await_condition(name, "TopicReady", "TopicsReady")
    assert finalizers(kube, name) == ["ingestor.dev/operator"]
    kube.delete(RESOURCE, "IngestorDeployment", name)
    eventually(lambda: kube.find(RESOURCE, "IngestorDeployment", name) is None)
    eventually(lambda: (partitions(kafka_admin, name), partitions(kafka_admin, f"{name}.dlq")) == (0, 0))


RECORDS = (
    "garbage",
    "[]",
    '{"retries":"x"}',
    '{"started":5}',
    '{"delayed":"2099"}',
    '{"retries":1000000000000,"delayed":"2099-01-01T00:00:00+00:00"}',
    '{"success":true}',
    '{"failure":true}',
    '{"subrefs":5}',
)


def test_delete_takes_them_away_whatever_is_in_the_annotation_that_kopf_writes(
    kube: Kube, make: MakeResource, kafka_admin: AdminClient
) -> None:
    deleting = {"kafka": {"topic": {"deletionPolicy": "Delete"}}}
    names = [make(deleting, annotations={"ingestor.dev/release": record}) for record in RECORDS]
    for name in names:
        kube.await_condition(name, "TopicReady", "TopicsReady", 60)
        eventually(lambda name=name: finalizers(kube, name) == ["ingestor.dev/operator"])  # type: ignore[misc]
    for name in names:
        kube.delete(RESOURCE, "IngestorDeployment", name)
    for name in names:
        eventually(lambda name=name: kube.find(RESOURCE, "IngestorDeployment", name) is None, 40)  # type: ignore[misc]
        eventually(lambda name=name: topics(kafka_admin, name) == set())  # type: ignore[misc]


def test_a_spec_that_fits_into_no_annotation_lets_its_resource_go(kube: Kube, make: MakeResource) -> None:
    variables = [{"name": f"TEXT_{number}", "value": "x" * 30_000} for number in range(10)]
    template = {"spec": {"containers": [{"name": "consumer", "env": variables}]}}
    name = make({"kafka": {"topic": {"deletionPolicy": "Delete"}}, "consumer": {"podTemplate": template}})
    kube.await_condition(name, "TopicReady", "TopicsReady")
    eventually(lambda: kube.find("apps/v1", "Deployment", f"{name}-consumer") is not None)
    kube.delete(RESOURCE, "IngestorDeployment", name)
    eventually(lambda: kube.find(RESOURCE, "IngestorDeployment", name) is None)


def test_many_groups_of_others_are_looked_at_in_time(
    kube: Kube, make: MakeResource, private_kafka: KafkaFactory
) -> None:
    broker = private_kafka()
    others = AdminClient(broker.client_config())
    create(others, "others", 1)
    name = make({"kafka": {"bootstrapServers": broker.bootstrap, "topic": {"deletionPolicy": "Delete"}}})
    kube.await_condition(name, "TopicReady", "TopicsReady")
    # A client of librdkafka for each of them would take a minute and more.
    asyncio.run(commit_as_groups(broker.bootstrap, [f"g{number}" for number in range(1_000)], "others"))
    kube.delete(RESOURCE, "IngestorDeployment", name)
    eventually(lambda: kube.find(RESOURCE, "IngestorDeployment", name) is None)
    eventually(lambda: topics(others, name) == set())


def test_retain_keeps_them_with_records_that_nobody_has_read(
    kube: Kube, make: MakeResource, kafka: EmbeddedKafka, kafka_admin: AdminClient
) -> None:
    name = make()
    kube.await_condition(name, "TopicReady", "TopicsReady")
    produce(kafka, name, 9)
    kube.delete(RESOURCE, "IngestorDeployment", name)
    eventually(lambda: kube.find(RESOURCE, "IngestorDeployment", name) is None)
    assert sum(log_ends(kafka, name, 3).values()) == 9


def test_delete_waits_while_records_wait(
    kube: Kube, make: MakeResource, kafka: EmbeddedKafka, kafka_admin: AdminClient, operator: OperatorProcess
) -> None:
    name = make({"kafka": {"topic": {"deletionPolicy": "Delete"}}})
    kube.await_condition(name, "TopicReady", "TopicsReady")
    produce(kafka, name, 9)
    kube.delete(RESOURCE, "IngestorDeployment", name)
    condition = kube.await_condition(name, "Ready", "LagRemains")
    assert condition["message"].startswith(f"Topic {name} is not deleted while ")
    # Several looks, one event.
    time.sleep(4)
    assert [event["count"] for event in kube.events(name) if event["reason"] == "LagRemains"] == [1]
    lines = [line for line in operator.log.read_text().splitlines() if name in line]
    assert [line for line in lines if '"level": "error"' in line] == []
    assert len([line for line in lines if "LagRemains" in line]) == 1
    assert partitions(kafka_admin, name) == 3
    commit(kafka, name, name, log_ends(kafka, name, 3))
    eventually(lambda: kube.find(RESOURCE, "IngestorDeployment", name) is None)
    eventually(lambda: partitions(kafka_admin, name) == 0)


def test_consumers_are_scaled_and_unpinned_while_the_deletion_waits_for_them(
    kube: Kube, make: MakeResource, kafka: EmbeddedKafka, kafka_admin: AdminClient
) -> None:
    name = make({"kafka": {"topic": {"deletionPolicy": "Delete"}}, "consumer": {"replicas": {"pinned": 0}}})
    kube.await_condition(name, "TopicReady", "TopicsReady")
    produce(kafka, name, 1)
    consumers = f"{name}-consumer"
    eventually(lambda: kube.get("apps/v1", "Deployment", consumers)["spec"]["replicas"] == 0)
    kube.delete(RESOURCE, "IngestorDeployment", name)
    condition = kube.await_condition(name, "Ready", "LagRemains")
    assert "the consumers are pinned to 0, so unpin them" in condition["message"]
    kube.change(name, {"consumer": {"replicas": {"pinned": 2}}})
    eventually(lambda: kube.get("apps/v1", "Deployment", consumers)["spec"]["replicas"] == 2)
    eventually(lambda: kube.resource(name)["status"]["pinned"] == 2)
    kube.change(name, {"consumer": {"replicas": {"pinned": 0}}})
    eventually(lambda: kube.get("apps/v1", "Deployment", consumers)["spec"]["replicas"] == 0)
    kube.change(name, {"consumer": {"replicas": {"pinned": None}}})
    eventually(lambda: kube.get("apps/v1", "Deployment", consumers)["spec"]["replicas"] == 1)
    eventually(lambda: "pinned" not in kube.resource(name)["status"])
    assert kube.condition(name, "Ready")["reason"] == "LagRemains"
    commit(kafka, name, name, log_ends(kafka, name, 3))
    eventually(lambda: kube.find(RESOURCE, "IngestorDeployment", name) is None)


def test_groups_of_any_name_that_read_something_else_keep_nothing(
    kube: Kube, make: MakeResource, kafka: EmbeddedKafka, kafka_admin: AdminClient
) -> None:
    name = make({"kafka": {"topic": {"deletionPolicy": "Delete"}}})
    kube.await_condition(name, "TopicReady", "TopicsReady")
    create(kafka_admin, other := f"{name}-other", 1)
    groups = [f"{name}{end}" for end in ("-x\0y", " ", "\n", "a" * 3_000, "\U0001f600")]
    asyncio.run(commit_as_groups(kafka.bootstrap, groups, other))
    kube.delete(RESOURCE, "IngestorDeployment", name)
    eventually(lambda: kube.find(RESOURCE, "IngestorDeployment", name) is None)
    eventually(lambda: topics(kafka_admin, name) == {other})


@pytest.mark.parametrize("suffix", ["", ".dlq"])
def test_delete_waits_while_another_group_reads(
    kube: Kube, make: MakeResource, kafka: EmbeddedKafka, kafka_admin: AdminClient, suffix: str
) -> None:
    name = make({"kafka": {"topic": {"deletionPolicy": "Delete"}}})
    kube.await_condition(name, "TopicReady", "TopicsReady")
    commit(kafka, f"{name}-reports", f"{name}{suffix}", {0: 0})
    kube.delete(RESOURCE, "IngestorDeployment", name)
    eventually(lambda: "ForeignGroups" in kube.event_reasons(name))
    condition = kube.await_condition(name, "Ready", "ForeignGroups")
    assert (
        condition["message"]
        == f"Topic {name} is not deleted while other groups have members or offsets on it or its dead letters:"
        f" {name}-reports."
    )
    kube.change(name, {"kafka": {"topic": {"deletionPolicy": "Retain"}}})
    eventually(lambda: kube.find(RESOURCE, "IngestorDeployment", name) is None)
    assert partitions(kafka_admin, name) == 3


def test_delete_waits_for_a_kafka_that_went_away_and_goes_on_when_it_is_back(
    kube: Kube, make: MakeResource, private_kafka: KafkaFactory
) -> None:
    broker = private_kafka()
    name = make({"kafka": {"bootstrapServers": broker.bootstrap, "topic": {"deletionPolicy": "Delete"}}})
    kube.await_condition(name, "TopicReady", "TopicsReady")
    broker.kill()
    kube.delete(RESOURCE, "IngestorDeployment", name)
    condition = kube.await_condition(name, "Ready", "KafkaUnreachable", 60)
    assert condition["message"].startswith(f"Topic {name} cannot be deleted: ")
    broker.start()
    broker.wait_ready()
    eventually(lambda: kube.find(RESOURCE, "IngestorDeployment", name) is None, 60)
    # A broker may list a topic a moment longer than the controller has it.
    eventually(lambda: topics(AdminClient(broker.client_config()), name) == set())
