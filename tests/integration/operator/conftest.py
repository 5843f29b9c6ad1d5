"""A real API server with the CRD, and the operator under the very Role that is shipped."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from integration.operator.cluster import Tenant, install_crd, tenant
from integration.operator.envtest import ApiServer, running_api_server
from integration.operator.kube import RESOURCE, Body, Kube, eventually, merged, sample
from integration.operator.processes import OperatorProcess, running_operator

from ingestor_dev.embedded.kafka import EmbeddedKafka

MakeResource = Callable[..., str]


def pytest_itemcollected(item: pytest.Item) -> None:
    """An operator looks every second at best, and most of these tests wait for several looks."""
    item.add_marker(pytest.mark.long)


@pytest.fixture(scope="session")
def api_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    """The run's API server, with the CRD."""
    with running_api_server() as server:
        install_crd(server, tmp_path_factory.mktemp("kube"))
        yield server


@pytest.fixture(scope="module")
def place(api_server: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    """A namespace of the module's own, with the Secrets of the samples and an account for the operator."""
    with tenant(api_server, tmp_path_factory.mktemp("tenant")) as made:
        yield made


@pytest.fixture(scope="module")
def kube(place: Tenant) -> Kube:
    """The administrator's hands in that namespace."""
    return place.kube


@pytest.fixture(scope="module")
def operator(place: Tenant) -> Iterator[OperatorProcess]:
    """An operator for that namespace, under the shipped Role."""
    with running_operator(place.kubeconfig, place.folder, place.user, f"--namespace={place.name}") as process:
        yield process
        for name in place.kube.names(RESOURCE, "IngestorDeployment"):
            place.kube.delete(RESOURCE, "IngestorDeployment", name)
        eventually(lambda: not place.kube.names(RESOURCE, "IngestorDeployment"), 30)


@pytest.fixture
def make(kube: Kube, kafka: EmbeddedKafka) -> Iterator[MakeResource]:
    """Creates an IngestorDeployment with topics and a name of its own; it is deleted after the test.

    That it really goes is waited for at the module's end.
    """
    made: list[str] = []

    def create(spec: Body | None = None, base: str = "minimal", **metadata: Any) -> str:
        name = f"q{uuid4().hex[:8]}"
        body = resource_body(name, kafka.bootstrap, spec or {}, base)
        body["metadata"] |= metadata | {"namespace": kube.namespace}
        kube.create(body)
        made.append(name)
        return name

    yield create
    for name in made:
        kube.delete(RESOURCE, "IngestorDeployment", name)


def resource_body(name: str, bootstrap: str, spec: Body, base: str = "minimal") -> Body:
    """A sample with its own topics, on the Kafka of the tests, looked at every second."""
    body = sample(base)
    own: Body = {
        "kafka": {
            "bootstrapServers": bootstrap,
            "consumerGroup": name,
            "topic": {"name": name},
            "deadLetterTopic": {"name": f"{name}.dlq"},
        },
        "consumer": {"autoscaling": {"intervalSeconds": 1}},
    }
    body["metadata"] = {"name": name}
    body["spec"] = merged(merged(body["spec"], own), spec)
    return body
