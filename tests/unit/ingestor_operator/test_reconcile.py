"""A reconcile of what cannot be understood says so, and one of what is gone does nothing."""

from typing import Any

import pytest
from lightkube.core.exceptions import ApiError
from unit.ingestor_operator.refusals import refusal

from ingestor_operator.kafka.clients import KafkaClients
from ingestor_operator.kubernetes.cluster import Cluster
from ingestor_operator.manifests.manifest import Manifest, Release
from ingestor_operator.metrics import Metrics
from ingestor_operator.plan.problem import Problem
from ingestor_operator.reconcile import Reconciler, Result


class OneResource(Cluster):
    """An API server that has one IngestorDeployment, or none, and keeps what is written to its status."""

    def __init__(self, body: Manifest | None) -> None:
        self._body = body
        self.written: list[dict[str, Any]] = []
        self.events: list[Manifest] = []

    async def resource(self, namespace: str, name: str) -> Manifest | None:
        return self._body

    async def find(self, manifest: Manifest) -> Manifest | None:
        return next((event for event in self.events if event["metadata"] == manifest["metadata"]), None)

    async def create(self, manifest: Manifest) -> Manifest:
        self.events.append(manifest)
        return manifest

    async def write_status(self, namespace: str, name: str, status: dict[str, Any]) -> None:
        self.written.append(status)
        if self._body:
            self._body = self._body | {"status": status}


def reconciler(cluster: Cluster) -> Reconciler:
    return Reconciler(cluster, KafkaClients(), Metrics("0"), Release("a", "c"), "*")


async def test_a_spec_of_another_release_is_a_condition_and_an_event_once() -> None:
    metadata = {
        "name": "quiz",
        "namespace": "school",
        "uid": "u",
        "generation": 4,
        "creationTimestamp": "2026-01-01T00:00:00Z",
    }
    cluster = OneResource({"metadata": metadata, "spec": {"kafka": {"novelty": 1}}})
    tested = reconciler(cluster)
    assert (await tested.reconcile("school", "quiz")).failed
    assert (await tested.reconcile("school", "quiz")).failed
    (status,) = cluster.written
    (ready,) = status["conditions"]
    assert (ready["reason"], ready["status"], ready["observedGeneration"]) == ("SpecNotUnderstood", "False", 4)
    assert "kafka.novelty" in ready["message"]
    (event,) = cluster.events
    assert (event["reason"], event["message"]) == ("SpecNotUnderstood", ready["message"])
    assert event["involvedObject"]["name"] == "quiz"


async def test_an_address_that_the_services_refuse_is_told_in_a_sentence() -> None:
    # Of a form that the CRD's pattern takes.
    metadata = {
        "name": "quiz",
        "namespace": "school",
        "uid": "u",
        "generation": 1,
        "creationTimestamp": "2026-01-01T00:00:00Z",
    }
    cluster = OneResource({"metadata": metadata, "spec": {"kafka": {"bootstrapServers": "k..x:1"}}})
    assert (await reconciler(cluster).reconcile("school", "quiz")).failed
    (ready,) = cluster.written[0]["conditions"]
    assert ready["reason"] == "SpecNotUnderstood"
    assert "kafka.bootstrapServers: must have the form host:port" in ready["message"]


async def test_a_resource_that_is_gone_or_going_is_left_alone() -> None:
    going = {"metadata": {"name": "quiz", "deletionTimestamp": "2026-01-01T00:00:00Z"}}
    for body, result in ((None, Result(gone=True)), (going, Result())):
        cluster = OneResource(body)
        assert await reconciler(cluster).reconcile("school", "quiz") == result
        assert cluster.written == []


class Mute(OneResource):
    """An API server that lets nobody write the status."""

    async def write_status(self, namespace: str, name: str, status: dict[str, Any]) -> None:
        raise refusal(403, "ingestordeployments/status is forbidden")


async def test_a_status_that_may_not_be_written_is_an_event_and_counts_as_failed(make_resource: Any) -> None:
    cluster = Mute(None)
    metrics = Metrics("0")
    tested = Reconciler(cluster, KafkaClients(), metrics, Release("a", "c"), "*")
    problem = Problem("Forbidden", "it is forbidden")
    with pytest.raises(ApiError):
        await tested.refuse(make_resource(), problem)
    assert [event["reason"] for event in cluster.events] == ["Forbidden"]


async def test_a_reconcile_that_ends_with_an_exception_counts_as_failed() -> None:
    class Broken(OneResource):
        async def resource(self, namespace: str, name: str) -> Manifest | None:
            raise ValueError("unexpected")

    metrics = Metrics("0")
    tested = Reconciler(Broken(None), KafkaClients(), metrics, Release("a", "c"), "*")
    with pytest.raises(ValueError, match="unexpected"):
        await tested.reconcile("school", "quiz")
    assert metrics.registry.get_sample_value("ingestor_operator_reconcile_total", {"result": "failed"}) == 1
