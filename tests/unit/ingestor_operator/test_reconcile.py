"""A reconcile of what cannot be understood says so, and one of what is gone does nothing."""

from typing import Any

from ingestor_operator.build.manifest import Manifest, Release
from ingestor_operator.kafka.clients import KafkaClients
from ingestor_operator.kubernetes.cluster import Cluster
from ingestor_operator.metrics import Metrics
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


async def test_a_resource_that_is_gone_or_going_is_left_alone() -> None:
    going = {"metadata": {"name": "quiz", "deletionTimestamp": "2026-01-01T00:00:00Z"}}
    for body in (None, going):
        cluster = OneResource(body)
        assert await reconciler(cluster).reconcile("school", "quiz") == Result()
        assert cluster.written == []
