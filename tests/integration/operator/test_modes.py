"""Observe plans and touches nothing; paused is silent."""

import pytest
from confluent_kafka.admin import AdminClient
from integration.operator.broker import config, partitions
from integration.operator.cluster import Tenant
from integration.operator.conftest import MakeResource
from integration.operator.kube import Body, Kube, eventually

pytestmark = pytest.mark.usefixtures("operator")


def test_observe_writes_a_plan_and_nothing_else(
    place: Tenant, kube: Kube, make: MakeResource, kafka_admin: AdminClient
) -> None:
    name = make({"mode": "Observe"})
    condition = kube.await_condition(name, "Ready", "Observing")
    assert condition["status"] == "Unknown"
    # Kafka may not have answered the first look.
    steps = {f"create topic {name} with 3 partitions", f"create Deployment {name}-consumer"}
    eventually(lambda: steps <= planned(kube, name))
    place.await_looks(name, 2)
    written = {(write.resource, write.subresource) for write in place.server.writes(place.user, name)}
    assert written == {("ingestordeployments", "status")}
    assert (partitions(kafka_admin, name), partitions(kafka_admin, f"{name}.dlq")) == (0, 0)


def test_observe_leaves_what_enforce_made_as_it_is(
    place: Tenant, kube: Kube, make: MakeResource, kafka_admin: AdminClient
) -> None:
    annotations = {"team": "quiz", "cost-centre": "4711"}
    name = make({"api": {"service": {"annotations": annotations}}})
    kube.bring_up(name)
    kube.await_condition(name, "Ready", "AllReady")
    service = {"annotations": {"team": None}}
    change = {
        "api": {"replicas": 5, "service": service},
        "consumer": {"replicas": {"min": 2}},
        "kafka": {"topic": {"retentionHours": 1}},
    }
    kube.change(name, {"mode": "Observe"} | change)
    kube.await_condition(name, "Ready", "Observing")
    steps = {
        f"update Deployment {name}-api (spec.replicas: 2 → 5)",
        f"update Service {name}-api (metadata.annotations.team: removed)",
        f"change topic {name} (retention.ms: 604800000 → 3600000)",
    }
    eventually(lambda: steps <= planned(kube, name))
    assert [step for step in planned(kube, name) if step.startswith("scale the consumers from 1 to 2")]
    place.await_looks(name, 2)
    assert kube.get("apps/v1", "Deployment", f"{name}-api")["spec"]["replicas"] == 2
    assert kube.get("apps/v1", "Deployment", f"{name}-consumer")["spec"]["replicas"] == 1
    assert config(kafka_admin, name, "retention.ms") == str(168 * 3_600_000)


LABEL = "app.kubernetes.io/name"


def label(kube: Kube, name: str) -> str:
    found: str = kube.get("v1", "ConfigMap", kube.config_map(name))["metadata"]["labels"][LABEL]
    return found


def test_paused_is_silent(place: Tenant, kube: Kube, make: MakeResource, kafka_admin: AdminClient) -> None:
    name = make()
    kube.bring_up(name)
    kube.await_condition(name, "ScalingActive", "GroupNotStable")
    kube.change(name, {"paused": True})
    eventually(lambda: kube.resource(name)["status"].get("paused") is True)
    assert place.kubectl("get", "ingd", name, "--no-headers").split()[3] == "true"
    assert kube.resource(name)["status"]["lag"] == "unknown"
    written, status = place.server.writes(place.user, name), kube.resource(name)["status"]
    kube.patch("v1", "ConfigMap", kube.config_map(name), {"metadata": {"labels": {LABEL: "by-hand"}}})
    kafka_admin.delete_topics([f"{name}.dlq"])[f"{name}.dlq"].result(10)
    for replicas in (6, 7):
        # The second look begins when the first one is over.
        change_and_await_look(place, name, {"api": {"replicas": replicas}})
    assert place.server.writes(place.user, name) == written
    assert kube.resource(name)["status"] == status
    assert label(kube, name) == "by-hand"
    kube.change(name, {"paused": False})
    eventually(lambda: label(kube, name) == "analytics-ingestor")
    eventually(lambda: partitions(kafka_admin, f"{name}.dlq") == 1)


def change_and_await_look(place: Tenant, name: str, spec: Body) -> None:
    """For a paused resource: it is looked at once for each change, perhaps before this goes on."""
    before = place.server.looks(place.user, name)
    place.kube.change(name, spec)
    eventually(lambda: place.server.looks(place.user, name) > before)


def planned(kube: Kube, name: str) -> set[str]:
    return set(kube.resource(name)["status"].get("plan", []))
