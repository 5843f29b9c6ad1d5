"""Observe plans and touches nothing; paused is silent."""

import pytest
from integration.operator.cluster import Tenant
from integration.operator.conftest import MakeResource
from integration.operator.envtest import Write
from integration.operator.kube import Kube, eventually
from integration.operator.processes import OperatorProcess

pytestmark = pytest.mark.usefixtures("operator")


def test_observe_writes_a_plan_and_nothing_else(place: Tenant, kube: Kube, make: MakeResource) -> None:
    name = make({"mode": "Observe"})
    condition = kube.await_condition(name, "Ready", "Observing")
    assert condition["status"] == "Unknown"
    plan = kube.resource(name)["status"]["plan"]
    assert f"create topic {name} with 3 partitions" in plan
    assert f"create Deployment {name}-consumer" in plan
    written = {
        (write.resource, write.subresource) for write in place.server.writes(place.user) if write.name.startswith(name)
    }
    assert written <= {("ingestordeployments", ""), ("ingestordeployments", "status")}


def test_observe_leaves_what_enforce_made_as_it_is(kube: Kube, make: MakeResource) -> None:
    name = make()
    kube.bring_up(name)
    kube.change(name, {"mode": "Observe", "api": {"replicas": 5}})
    kube.await_condition(name, "Ready", "Observing")
    eventually(lambda: f"update Deployment {name}-api" in kube.resource(name)["status"]["plan"])
    assert kube.get("apps/v1", "Deployment", f"{name}-api")["spec"]["replicas"] == 2


def said_or_done(place: Tenant) -> list[Write]:
    """Writes but those of kopf's own annotations on the resource."""
    kopfs = ("ingestordeployments", "")
    return [write for write in place.server.writes(place.user) if (write.resource, write.subresource) != kopfs]


def test_paused_is_silent(place: Tenant, kube: Kube, make: MakeResource, operator: OperatorProcess) -> None:
    name = make()
    kube.bring_up(name)
    kube.await_condition(name, "ScalingActive", "GroupNotStable")
    kube.change(name, {"paused": True})
    paused_at = kube.resource(name)["metadata"]["generation"]
    reconciles = 'ingestor_operator_reconcile_total{result="unchanged"}'
    before = operator.metric(reconciles)
    eventually(lambda: operator.metric(reconciles) > before)
    written = said_or_done(place)
    kube.change(name, {"api": {"replicas": 6}})
    kube.patch("v1", "ConfigMap", f"{name}-config", {"data": {"KAFKA_TOPIC": "by-hand"}})
    again = operator.metric(reconciles)
    eventually(lambda: operator.metric(reconciles) > again)
    assert said_or_done(place) == written
    assert kube.resource(name)["status"]["observedGeneration"] < paused_at + 1
    assert kube.get("v1", "ConfigMap", f"{name}-config")["data"]["KAFKA_TOPIC"] == "by-hand"
