"""A resource that is deleted and created again: nothing that is meant for the first one reaches the second one."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import uuid4

import pytest
from integration.operator.cluster import Tenant
from integration.operator.conftest import resource_body
from integration.operator.kube import RESOURCE, Body, Kube, eventually
from lightkube import AsyncClient
from lightkube.config.kubeconfig import KubeConfig
from lightkube.core.exceptions import ApiError

from ingestor_operator.kubernetes.cluster import Cluster

T = TypeVar("T")


def create(kube: Kube, name: str) -> str:
    """Create an IngestorDeployment that no operator looks at; gives its uid."""
    body = resource_body(name, "127.0.0.1:1", {})
    body["metadata"]["namespace"] = kube.namespace
    uid: str = kube.create(body)["metadata"]["uid"]
    return uid


def call(place: Tenant, method: Callable[[Cluster], Awaitable[T]]) -> T:
    """Call the API server with the operator's rights."""

    async def run() -> T:
        cluster = Cluster(AsyncClient(config=KubeConfig.from_file(str(place.kubeconfig))))
        try:
            return await method(cluster)
        finally:
            await cluster.close()

    return asyncio.run(run())


def write_status(place: Tenant, name: str, uid: str, lag: str) -> None:
    """Write a status with the operator's rights."""
    call(place, lambda cluster: cluster.write_status(place.name, name, uid, {"lag": lag}))


def test_a_status_is_written_to_the_resource_it_is_about_and_to_no_other(place: Tenant, kube: Kube) -> None:
    name = f"q{uuid4().hex[:8]}"
    first = create(kube, name)
    write_status(place, name, first, "1")
    write_status(place, name, first, "2")
    assert kube.resource(name)["status"]["lag"] == "2"
    kube.delete(RESOURCE, "IngestorDeployment", name)
    eventually(lambda: kube.find(RESOURCE, "IngestorDeployment", name) is None)
    write_status(place, name, first, "3")
    second = create(kube, name)
    before = kube.resource(name)["metadata"]["resourceVersion"]
    write_status(place, name, first, "4")
    assert kube.resource(name)["metadata"]["resourceVersion"] == before
    write_status(place, name, second, "5")
    assert kube.resource(name)["status"]["lag"] == "5"
    kube.delete(RESOURCE, "IngestorDeployment", name)


def test_a_status_that_is_not_valid_is_refused_aloud(place: Tenant, kube: Kube) -> None:
    name = f"q{uuid4().hex[:8]}"
    uid = create(kube, name)
    with pytest.raises(ApiError) as refused:
        write_status(place, name, uid, 7)  # type: ignore[arg-type]
    assert refused.value.status.code == 422
    kube.delete(RESOURCE, "IngestorDeployment", name)


JOB = {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]}}}


@pytest.mark.parametrize(
    ("api_version", "kind_name", "content"), [("v1", "ConfigMap", {}), ("batch/v1", "Job", {"spec": JOB})]
)
def test_an_object_is_deleted_and_never_another_that_has_got_its_name(
    place: Tenant, kube: Kube, api_version: str, kind_name: str, content: Body
) -> None:
    name = f"q{uuid4().hex[:8]}"
    body = {"apiVersion": api_version, "kind": kind_name, "metadata": {"name": name, "namespace": place.name}} | content
    first = kube.create(body)
    assert call(place, lambda cluster: cluster.delete(first))
    assert not call(place, lambda cluster: cluster.delete(first))
    second = kube.create(body)
    assert not call(place, lambda cluster: cluster.delete(first))
    assert kube.get(api_version, kind_name, name)["metadata"]["uid"] == second["metadata"]["uid"]
    assert call(place, lambda cluster: cluster.delete(second))
    assert kube.find(api_version, kind_name, name) is None
