"""Observe plans and touches nothing; paused is silent."""

import pytest
from confluent_kafka.admin import AdminClient
from integration.operator.broker import config, partitions
from integration.operator.cluster import Tenant
from integration.operator.conftest import MakeResource
from integration.operator.kube import Kube, eventually

pytestmark = pytest.mark.usefixtures("operator")


def test_observe_writes_a_plan_and_nothing_else(
    place: Tenant, kube: Kube, make: MakeResource, kafka_admin: AdminClient
) -> None:
    name = make({"mode": "Observe"})
    condition = kube.await_condition(name, "Ready", "Observing")
    assert condition["status"] == "Unknown"
    plan = kube.resource(name)["status"]["plan"]
    assert f"create topic {name} with 3 partitions" in plan
    assert f"create Deployment {name}-consumer" in plan
    place.await_looks(name, 2)
    written = {(write.resource, write.subresource) for write in place.server.writes(place.user, name)}
    assert written == {("ingestordeployments", "status")}
    assert (partitions(kafka_admin, name), partitions(kafka_admin, f"{name}.dlq")) == (0, 0)


def test_observe_leaves_what_enforce_made_as_it_is(
    place: Tenant, kube: Kube, make: MakeResource, kafka_admin: AdminClient
) -> None:
    name = make()
    kube.bring_up(name)
    kube.await_condition(name, "Ready", "AllReady")
    change = {"api": {"replicas": 5}, "consumer": {"replicas": {"min": 2}}, "kafka": {"topic": {"retentionHours": 1}}}
    kube.change(name, {"mode": "Observe"} | change)
    kube.await_condition(name, "Ready", "Observing")
    plan = eventually(lambda: kube.resource(name)["status"]["plan"])
    assert f"update Deployment {name}-api" in plan
    assert f"set retention.ms=3600000 on topic {name}" in plan
    assert [step for step in plan if step.startswith("scale the consumers from 1 to 2")]
    place.await_looks(name, 2)
    assert kube.get("apps/v1", "Deployment", f"{name}-api")["spec"]["replicas"] == 2
    assert kube.get("apps/v1", "Deployment", f"{name}-consumer")["spec"]["replicas"] == 1
    assert config(kafka_admin, name, "retention.ms") == str(168 * 3_600_000)


def test_paused_is_silent(place: Tenant, kube: Kube, make: MakeResource, kafka_admin: AdminClient) -> None:
    name = make()
    kube.bring_up(name)
    kube.await_condition(name, "ScalingActive", "GroupNotStable")
    place.await_looks(name, 1, after=lambda: kube.change(name, {"paused": True}))
    assert place.kubectl("get", "ingd", name, "--no-headers").split()[2:4] == ["Enforce", "true"]
    assert kube.resource(name)["status"]["paused"] is True
    assert kube.resource(name)["status"]["lag"] == "unknown"
    written, status = place.server.writes(place.user, name), kube.resource(name)["status"]
    by_hand = {"data": {"KAFKA_TOPIC": "by-hand"}}
    kube.patch("v1", "ConfigMap", f"{name}-config", by_hand)
    kafka_admin.delete_topics([f"{name}.dlq"])[f"{name}.dlq"].result(10)
    place.await_looks(name, 1, after=lambda: kube.change(name, {"api": {"replicas": 6}}))
    assert place.server.writes(place.user, name) == written
    assert kube.resource(name)["status"] == status
    assert kube.get("v1", "ConfigMap", f"{name}-config")["data"]["KAFKA_TOPIC"] == "by-hand"
    kube.change(name, {"paused": False})
    eventually(lambda: kube.get("v1", "ConfigMap", f"{name}-config")["data"]["KAFKA_TOPIC"] == name)
    eventually(lambda: partitions(kafka_admin, f"{name}.dlq") == 1)
