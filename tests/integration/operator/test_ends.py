"""Deleting the namespace or the CRD leaves nothing hanging; the operator here serves all namespaces."""

import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from confluent_kafka.admin import AdminClient
from integration.operator.broker import partitions, produce
from integration.operator.cluster import Tenant, install_crd, tenant
from integration.operator.conftest import resource_body
from integration.operator.envtest import ApiServer, running_api_server
from integration.operator.kube import REPOSITORY, RESOURCE, Kube, eventually
from integration.operator.processes import OperatorProcess, running_operator

from ingestor_dev.embedded.kafka import EmbeddedKafka
from ingestor_operator.model.resource import FINALIZER


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Tenant, OperatorProcess]]:
    """An API server of the module's own, with an operator for all namespaces under the shipped ClusterRole."""
    folder: Path = tmp_path_factory.mktemp("elsewhere")
    with running_api_server() as server:
        install_crd(server, folder)
        with (
            tenant(server, folder, role="cluster-role") as home,
            running_operator(home.kubeconfig, home.folder, home.user, "--watch-timeout=3") as operator,
        ):
            yield home, operator


def create(kube: Kube, kafka: EmbeddedKafka, name: str = "", **topic: str) -> str:
    name = name or f"e{uuid4().hex[:8]}"
    body = resource_body(name, kafka.bootstrap, {"kafka": {"topic": topic}})
    body["metadata"]["namespace"] = kube.namespace
    kube.create(body)
    return name


def test_a_deleted_namespace_does_not_wait_for_the_topic(
    elsewhere: tuple[Tenant, OperatorProcess], kafka: EmbeddedKafka, kafka_admin: AdminClient, tmp_path: Path
) -> None:
    with tenant(elsewhere[0].server, tmp_path) as doomed:
        name = create(doomed.kube, kafka, deletionPolicy="Delete")
        doomed.kube.await_condition(name, "TopicReady", "TopicsReady")
        produce(kafka, name, 5)
        doomed.kubectl("delete", "namespace", doomed.name, "--wait=false")
        # In place of the namespace controller, which deletes what is in the namespace.
        for deployment in doomed.kube.names("apps/v1", "Deployment"):
            doomed.kube.delete("apps/v1", "Deployment", deployment)
        doomed.kube.delete(RESOURCE, "IngestorDeployment", name)
        eventually(lambda: doomed.kube.find(RESOURCE, "IngestorDeployment", name) is None)
        assert doomed.kube.names("apps/v1", "Deployment") == set()
    assert partitions(kafka_admin, name) == 3


def test_a_namespace_that_takes_the_operators_role_along_leaves_nothing_hanging(
    api_server: ApiServer, kafka: EmbeddedKafka, kafka_admin: AdminClient, tmp_path: Path
) -> None:
    with (
        tenant(api_server, tmp_path) as doomed,
        running_operator(doomed.kubeconfig, doomed.folder, doomed.user, f"--namespace={doomed.name}"),
    ):
        name = create(doomed.kube, kafka)
        doomed.kube.await_condition(name, "TopicReady", "TopicsReady")
        # In place of the namespace controller, in the order that leaves the operator without rights.
        doomed.kubectl("delete", "rolebinding", "--all")
        doomed.kube.delete(RESOURCE, "IngestorDeployment", name)
        eventually(lambda: doomed.kube.find(RESOURCE, "IngestorDeployment", name) is None, 5)
    assert partitions(kafka_admin, name) == 3


def command_where_the_operator_is_gone(name: str) -> list[str]:
    """What the night table of the docs says to do with a resource that stays Terminating."""
    page = (REPOSITORY / "docs/operations/operator.md").read_text()
    (row,) = [line for line in page.splitlines() if line.startswith("| `Terminating`, and the operator is gone")]
    (command,) = re.findall(r"`kubectl ([^`]+)`", row)
    return shlex.split(command.replace("NAME", name))


def test_a_resource_whose_operator_was_uninstalled_goes_by_the_command_of_the_docs(
    api_server: ApiServer, kafka: EmbeddedKafka, kafka_admin: AdminClient, tmp_path: Path
) -> None:
    with tenant(api_server, tmp_path) as left:
        with running_operator(left.kubeconfig, left.folder, left.user, f"--namespace={left.name}"):
            name = create(left.kube, kafka, deletionPolicy="Delete")
            left.kube.await_condition(name, "TopicReady", "TopicsReady")
            eventually(lambda: left.kube.resource(name)["metadata"].get("finalizers"))
        # A resource that nobody deletes is as it was: API and consumers run on.
        assert left.kube.find("apps/v1", "Deployment", f"{name}-api") is not None
        left.kube.delete(RESOURCE, "IngestorDeployment", name)
        assert "deletionTimestamp" in left.kube.resource(name)["metadata"]
        left.kubectl(*command_where_the_operator_is_gone(name))
        eventually(lambda: left.kube.find(RESOURCE, "IngestorDeployment", name) is None)
    assert partitions(kafka_admin, name) == 3


def test_a_crd_that_waits_for_a_resource_without_an_operator_goes_by_that_command_too(tmp_path: Path) -> None:
    with running_api_server() as server:
        install_crd(server, tmp_path)
        with tenant(server, tmp_path) as left:
            body = resource_body("left", "nowhere.invalid:9092", {})
            body["metadata"] |= {"namespace": left.name, "finalizers": [FINALIZER]}
            left.kube.create(body)
            crd = "ingestordeployments.ingestor.dev"
            left.kubectl("delete", "crd", crd, "--wait=false")
            eventually(lambda: "deletionTimestamp" in left.kube.resource("left")["metadata"])
            left.kubectl(*command_where_the_operator_is_gone("left"))
            eventually(lambda: not left.kubectl("get", "crd", crd, "--ignore-not-found"))


def test_an_api_server_that_goes_and_comes_back_is_followed(
    elsewhere: tuple[Tenant, OperatorProcess], kafka: EmbeddedKafka
) -> None:
    home, operator = elsewhere
    name = create(home.kube, kafka)
    home.kube.await_condition(name, "TopicReady", "TopicsReady")
    home.server.kill()
    # Longer than a list, a watch and a round of the loop take to notice.
    time.sleep(5)
    home.server.start()
    home.kube.change(name, {"api": {"replicas": 3}})
    eventually(lambda: home.kube.get("apps/v1", "Deployment", f"{name}-api")["spec"]["replicas"] == 3, 60)
    assert operator.process.poll() is None
    eventually(lambda: operator.get("/healthz") == (200, "ok"))
    home.kube.delete(RESOURCE, "IngestorDeployment", name)
    eventually(lambda: home.kube.find(RESOURCE, "IngestorDeployment", name) is None)


def test_a_deleted_crd_goes_with_its_resources_and_may_come_back(
    elsewhere: tuple[Tenant, OperatorProcess], kafka: EmbeddedKafka, tmp_path: Path
) -> None:
    home, operator = elsewhere
    first = create(home.kube, kafka)
    home.kube.await_condition(first, "TopicReady", "TopicsReady")
    home.kubectl("delete", "crd", "ingestordeployments.ingestor.dev", "--timeout=30s")
    eventually(lambda: operator.get("/readyz")[0] == 503)
    sentence = "the cluster does not serve ingestordeployments.ingestor.dev/v1alpha1: install the CRD of this release"
    assert sentence in operator.get("/readyz")[1]
    eventually(lambda: sentence in operator.log.read_text())
    environment = os.environ | {"KUBECONFIG": str(home.kubeconfig)}
    command = [str(Path(sys.executable).parent / "ingestor-operator"), "explain", first]
    explained = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (explained.returncode, sentence in explained.stderr) == (1, True)
    install_crd(home.server, tmp_path)
    eventually(lambda: operator.get("/readyz")[0] == 200)
    second = create(home.kube, kafka)
    home.kube.await_condition(second, "TopicReady", "TopicsReady")
    # Under its old name it goes on with its topics.
    create(home.kube, kafka, first)
    home.kube.await_condition(first, "TopicReady", "TopicsReady")
    assert home.kube.resource(first)["status"]["topic"]["made"] is True
    assert operator.get("/healthz") == (200, "ok")
