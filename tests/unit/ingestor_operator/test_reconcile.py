"""A reconcile of what cannot be understood says so, and one of what is gone does nothing."""

from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from httpx2 import ReadTimeout
from lightkube.core.exceptions import ApiError
from unit.ingestor_operator.refusals import refusal, timed_out

from ingestor_operator.kafka.admin import Admin
from ingestor_operator.kafka.clients import KafkaClients
from ingestor_operator.kafka.credentials import CredentialsMissing
from ingestor_operator.kubernetes.cluster import Cluster, Objects, Secret
from ingestor_operator.manifests.manifest import Manifest, Release
from ingestor_operator.metrics import Metrics
from ingestor_operator.model.resource import Resource, parse
from ingestor_operator.plan.plan import Plan
from ingestor_operator.plan.problem import Problem
from ingestor_operator.plan.topics import TopicPlan
from ingestor_operator.reconcile import Reconciler, Result
from ingestor_operator.scaling import Observation, PartitionOffsets


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

    async def replace(self, manifest: Manifest) -> Manifest:
        self.events = [manifest if event["metadata"] == manifest["metadata"] else event for event in self.events]
        return manifest

    async def write_status(self, namespace: str, name: str, uid: str, status: dict[str, Any]) -> None:
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

    async def write_status(self, namespace: str, name: str, uid: str, status: dict[str, Any]) -> None:
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


async def test_a_fault_of_the_operators_own_is_not_called_ready() -> None:
    cluster = Broken(stored())
    tested = reconciler(cluster)
    assert (await tested.reconcile("school", "quiz")).failed
    assert (await tested.reconcile("school", "quiz")).failed
    (written,) = cluster.written
    (ready,) = written["conditions"]
    assert (ready["status"], ready["reason"]) == ("False", "OperatorFailed")
    assert "(RecursionError: too deep)" in ready["message"]
    assert written["lag"] == "unknown"
    assert [event["type"] for event in cluster.events] == ["Warning"]


def stored() -> Manifest:
    """A resource that was ready, with a lag of 5."""
    metadata = {
        "name": "quiz",
        "namespace": "school",
        "uid": "u",
        "generation": 2,
        "creationTimestamp": "2026-01-01T00:00:00Z",
    }
    told = {"type": "Ready", "status": "True", "reason": "AllReady", "message": "", "observedGeneration": 2}
    status = {"conditions": [told | {"lastTransitionTime": "2026-01-01T00:00:00Z"}], "lag": "5"}
    spec = {"kafka": {"bootstrapServers": "kafka:9092"}, "database": {"secretRef": {"name": "db", "key": "url"}}}
    spec["auth"] = {"jwtSecretRef": {"name": "auth", "key": "jwt"}}
    return {"metadata": metadata, "spec": spec, "status": status}


class NoKafka(KafkaClients):
    """Kafka without the Secrets for it."""

    def of(self, resource: Resource, secrets: Mapping[str, Mapping[str, str]]) -> Admin:
        raise CredentialsMissing("Secret kafka does not exist")


class Unanswering(OneResource):
    """An API server that never answers some calls, and has none but the one resource."""

    def __init__(self, *calls: str) -> None:
        super().__init__(stored())
        self.calls = set(calls)
        self.applied: list[str] = []

    async def resource(self, namespace: str, name: str) -> Manifest | None:
        self._answer("resource", "GET", f"ingestordeployments/{name}")
        return await super().resource(namespace, name)

    async def secret(self, namespace: str, name: str) -> Secret | None:
        self._answer("secret", "GET", f"secrets/{name}")
        return Secret({}, "1")

    async def resources(self, namespace: str) -> list[Manifest]:
        self._answer("resources", "GET", "ingestordeployments")
        return []

    async def owned(self, namespace: str, instance: str, kinds: Iterable[tuple[str, str]]) -> Objects:
        self._answer("owned", "GET", "deployments")
        return {}

    async def pods(self, namespace: str, instance: str) -> tuple[Manifest, ...]:
        self._answer("pods", "GET", "pods")
        return ()

    async def namespace_uid(self, name: str) -> str:
        self._answer("namespace_uid", "GET", "")
        return "n"

    async def allowed(self, verb: str, group: str, resource: str, namespace: str) -> bool:
        self._answer("allowed", "POST", "selfsubjectaccessreviews")
        return True

    async def apply(self, manifest: Manifest) -> Manifest:
        if manifest["kind"] == "ConfigMap":
            self._answer("apply", "PATCH", f"configmaps/{manifest['metadata']['name']}")
        self.applied.append(manifest["kind"])
        return manifest

    async def create(self, manifest: Manifest) -> Manifest:
        self._answer("create", "POST", "events")
        return await super().create(manifest)

    async def write_status(self, namespace: str, name: str, uid: str, status: dict[str, Any]) -> None:
        self._answer("write_status", "PATCH", f"ingestordeployments/{name}/status")
        await super().write_status(namespace, name, uid, status)

    def _answer(self, call: str, method: str, path: str) -> None:
        if call in self.calls:
            raise timed_out(method, path)


def without_kafka(cluster: Cluster, metrics: Metrics) -> Reconciler:
    return Reconciler(cluster, NoKafka(), metrics, Release("a", "c"), "*")


BEHIND = Observation(time=0, replicas=1, ready=1, partitions=(PartitionOffsets(0, 0, 5, 0),))


def exposed_lag(metrics: Metrics) -> list[float]:
    """What the metrics say of the lag."""
    families = [family for family in metrics.registry.collect() if family.name == "ingestor_operator_group_lag_records"]
    return [sample.value for family in families for sample in family.samples]


def ready(status: dict[str, Any]) -> Any:
    """The condition Ready."""
    return next(item for item in status["conditions"] if item["type"] == "Ready")


@pytest.mark.parametrize(
    ("call", "named"),
    [
        ("secret", "secrets/"),
        ("resources", "ingestordeployments"),
        ("owned", "deployments"),
        ("pods", "pods"),
        ("namespace_uid", ""),
    ],
)
@pytest.mark.parametrize("events", [True, False])
async def test_a_read_that_nobody_answers_ends_the_old_word_about_ready(call: str, named: str, events: bool) -> None:
    cluster, metrics = Unanswering(call, *([] if events else ["create"])), Metrics("0")
    metrics.planned(parse(stored()), Plan(None, TopicPlan(), BEHIND, None))
    assert exposed_lag(metrics)
    assert (await without_kafka(cluster, metrics).reconcile("school", "quiz")).failed
    assert not exposed_lag(metrics)
    (status,) = cluster.written
    assert (ready(status)["status"], ready(status)["reason"]) == ("False", "KubernetesUnreachable")
    assert f"did not answer within 7 seconds to read {named}" in ready(status)["message"]
    assert status["lag"] == "unknown"
    assert [event["reason"] for event in cluster.events] == ["KubernetesUnreachable"] * events
    assert cluster.applied == []


async def test_a_write_that_nobody_answers_is_told_and_the_round_goes_on() -> None:
    cluster = Unanswering("apply", "allowed")
    assert (await without_kafka(cluster, Metrics("0")).reconcile("school", "quiz")).failed
    (status,) = cluster.written
    assert (ready(status)["status"], ready(status)["reason"]) == ("False", "KubernetesUnreachable")
    assert "within 7 seconds to write configmaps/quiz-config-06bd21fd; an admission webhook" in ready(status)["message"]
    # The round has gone on to the end: what was seen is told.
    assert {"TopicReady", "ConsumerReady"} <= {item["type"] for item in status["conditions"]}
    assert {"ServiceAccount", "Service", "Job"} <= set(cluster.applied)
    assert "KubernetesUnreachable" in {event["reason"] for event in cluster.events}
    cluster.calls.clear()
    await without_kafka(cluster, Metrics("0")).reconcile("school", "quiz")
    assert ready(cluster.written[-1])["reason"] != "KubernetesUnreachable"


async def test_an_event_that_nobody_answers_keeps_no_status_back() -> None:
    cluster = Unanswering("create")
    await without_kafka(cluster, Metrics("0")).reconcile("school", "quiz")
    (status,) = cluster.written
    assert ready(status)["reason"] == "KafkaCredentialsMissing"


async def test_a_status_that_nobody_lets_be_written_is_an_event_and_a_metric() -> None:
    cluster, metrics = Unanswering("write_status"), Metrics("0")
    with pytest.raises(ReadTimeout):
        await without_kafka(cluster, metrics).reconcile("school", "quiz")
    assert "KubernetesUnreachable" in {event["reason"] for event in cluster.events}
    labels = {"namespace": "school", "name": "quiz", "type": "Ready", "status": "False"}
    labels["reason"] = "KubernetesUnreachable"
    assert metrics.registry.get_sample_value("ingestor_operator_condition", labels) == 1


async def test_a_resource_that_cannot_be_read_leaves_no_old_lag() -> None:
    cluster, metrics = Unanswering("resource"), Metrics("0")
    metrics.planned(parse(stored()), Plan(None, TopicPlan(), BEHIND, None))
    with pytest.raises(ReadTimeout):
        await without_kafka(cluster, metrics).reconcile("school", "quiz")
    assert not exposed_lag(metrics)


class Broken(OneResource):
    """An API server whose Secrets break the operator's assumptions."""

    async def secret(self, namespace: str, name: str) -> Secret | None:
        raise RecursionError("too deep")


def of_release(cluster: Cluster, version: str) -> Reconciler:
    return Reconciler(cluster, NoKafka(), Metrics("0"), Release("a", "c", version), "*")


def told_of_another(cluster: OneResource) -> list[str]:
    return [event["message"] for event in cluster.events if event["reason"] == "AnotherOperator"]


async def test_two_operators_of_two_releases_say_so_and_slow_down() -> None:
    cluster = Unanswering()
    older, newer = of_release(cluster, "1.0"), of_release(cluster, "2.0")
    for _ in range(3):
        results = [await one.reconcile("school", "quiz") for one in (older, newer)]
    assert [message.partition(", did")[0] for message in told_of_another(cluster)] == [
        "An operator of release 2.0 has written the status since this one, of release 1.0",
        "An operator of release 1.0 has written the status since this one, of release 2.0",
    ]
    assert {event["type"] for event in cluster.events if event["reason"] == "AnotherOperator"} == {"Warning"}
    assert all(result.ignore_owned and result.again and result.again.total_seconds() > 1 for result in results)


async def test_an_operator_that_takes_over_is_not_told() -> None:
    cluster = Unanswering()
    older, newer = of_release(cluster, "1.0"), of_release(cluster, "2.0")
    for one in (older, older, newer, newer):
        await one.reconcile("school", "quiz")
    # A term of its own later on, as after a rollback.
    older.forget("school", "quiz", "u")
    for one in (older, older):
        await one.reconcile("school", "quiz")
    assert told_of_another(cluster) == []
