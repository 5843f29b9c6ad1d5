"""What becomes of the topics, and of the resource, when it is deleted."""

from collections.abc import Iterator

import pytest
from confluent_kafka.admin import AdminClient
from integration.operator.broker import commit, log_ends, partitions, produce
from integration.operator.cluster import Tenant
from integration.operator.conftest import MakeResource
from integration.operator.kube import RESOURCE, Kube, eventually
from integration.operator.processes import running_operator

from ingestor_dev.embedded.kafka import EmbeddedKafka
from ingestor_dev.embedded.ports import free_port


@pytest.fixture(scope="module", autouse=True)
def _impatient_operator(place: Tenant) -> Iterator[None]:
    options = (f"--namespace={place.name}", "--deletion-patience=8")
    with running_operator(place.kubeconfig, place.folder, place.user, *options):
        yield


def test_retain_keeps_them(kube: Kube, make: MakeResource, kafka_admin: AdminClient) -> None:
    name = make()
    kube.await_condition(name, "TopicReady", "TopicsReady")
    kube.delete(RESOURCE, "IngestorDeployment", name)
    eventually(lambda: kube.find(RESOURCE, "IngestorDeployment", name) is None)
    assert partitions(kafka_admin, name) == 3


def test_delete_takes_them_away(kube: Kube, make: MakeResource, kafka_admin: AdminClient) -> None:
    name = make({"kafka": {"topic": {"deletionPolicy": "Delete"}}})
    kube.await_condition(name, "TopicReady", "TopicsReady")
    kube.delete(RESOURCE, "IngestorDeployment", name)
    eventually(lambda: kube.find(RESOURCE, "IngestorDeployment", name) is None)
    eventually(lambda: (partitions(kafka_admin, name), partitions(kafka_admin, f"{name}.dlq")) == (0, 0))


def test_delete_waits_while_records_wait(
    kube: Kube, make: MakeResource, kafka: EmbeddedKafka, kafka_admin: AdminClient
) -> None:
    name = make({"kafka": {"topic": {"deletionPolicy": "Delete"}}})
    kube.await_condition(name, "TopicReady", "TopicsReady")
    produce(kafka, name, 9)
    kube.delete(RESOURCE, "IngestorDeployment", name)
    eventually(lambda: "LagRemains" in kube.event_reasons(name))
    assert partitions(kafka_admin, name) == 3
    commit(kafka, name, name, log_ends(kafka, name, 3))
    eventually(lambda: kube.find(RESOURCE, "IngestorDeployment", name) is None)
    assert partitions(kafka_admin, name) == 0


def test_delete_waits_while_another_group_reads(
    kube: Kube, make: MakeResource, kafka: EmbeddedKafka, kafka_admin: AdminClient
) -> None:
    name = make({"kafka": {"topic": {"deletionPolicy": "Delete"}}})
    kube.await_condition(name, "TopicReady", "TopicsReady")
    commit(kafka, f"{name}-reports", name, {0: 0})
    kube.delete(RESOURCE, "IngestorDeployment", name)
    eventually(lambda: "ForeignGroups" in kube.event_reasons(name))
    assert any(f"{name}-reports" in event["message"] for event in kube.events(name))
    kube.change(name, {"kafka": {"topic": {"deletionPolicy": "Retain"}}})
    eventually(lambda: kube.find(RESOURCE, "IngestorDeployment", name) is None)
    assert partitions(kafka_admin, name) == 3


def test_a_dead_kafka_does_not_hold_the_resource_for_good(place: Tenant, kube: Kube, make: MakeResource) -> None:
    name = make({"kafka": {"bootstrapServers": f"127.0.0.1:{free_port()}", "topic": {"deletionPolicy": "Delete"}}})
    kube.await_condition(name, "TopicReady", "KafkaUnreachable", 30)
    kube.delete(RESOURCE, "IngestorDeployment", name)
    eventually(lambda: kube.find(RESOURCE, "IngestorDeployment", name) is None, 40)
    assert "TopicRetained" in kube.event_reasons(name)
