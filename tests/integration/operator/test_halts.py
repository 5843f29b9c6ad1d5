"""What somebody else has halted is said, and the command that the sentence names ends it; on a real API server."""

import re
import shlex

import pytest
from integration.operator.cluster import Tenant
from integration.operator.conftest import MakeResource
from integration.operator.kube import Body, Kube, eventually

pytestmark = pytest.mark.usefixtures("operator")


def follow(place: Tenant, message: str) -> None:
    """Run the command that the sentence names."""
    named = re.search(r"`kubectl ([^`]+)`", message)
    assert named, message
    place.kubectl(*shlex.split(named[1]))


def said(kube: Kube, name: str) -> tuple[str, str]:
    condition = kube.condition(name, "APIReady")
    return condition["status"], condition["reason"]


def test_a_paused_rollout_is_said_and_resumed(place: Tenant, kube: Kube, make: MakeResource) -> None:
    name = make()
    kube.bring_up(name)
    kube.await_condition(name, "Ready", "AllReady")
    place.kubectl("rollout", "pause", f"deployment/{name}-api")
    kube.run_pods(f"{name}-api")
    eventually(lambda: said(kube, name) == ("True", "RolloutPaused"))
    eventually(lambda: ("Warning", "RolloutPaused") in {(e["type"], e["reason"]) for e in kube.events(name)})
    kube.change(name, {"api": {"rollout": {"kafkaPercent": 50}}})
    eventually(lambda: said(kube, name) == ("False", "RolloutPaused"))
    # The operator put its own fields in; this one is somebody else's.
    assert kube.get("apps/v1", "Deployment", f"{name}-api")["spec"]["paused"] is True
    follow(place, kube.condition(name, "APIReady")["message"])
    kube.await_condition(name, "APIReady", "RollingOut")
    kube.run_pods(f"{name}-api")
    kube.run_pods(f"{name}-consumer")
    kube.await_condition(name, "Ready", "AllReady")


@pytest.mark.parametrize("halt", [{"suspend": True}, {"parallelism": 0}])
def test_a_job_that_may_not_run_is_said_and_let_go(place: Tenant, kube: Kube, make: MakeResource, halt: Body) -> None:
    name = make()
    kube.await_condition(name, "Ready", "Migrating")
    kube.patch("batch/v1", "Job", kube.job(name), {"spec": halt})
    condition = kube.await_condition(name, "Ready", "MigrationSuspended")
    eventually(lambda: ("Warning", "MigrationSuspended") in {(e["type"], e["reason"]) for e in kube.events(name)})
    place.await_looks(name, 2)
    follow(place, condition["message"])
    kube.await_condition(name, "DatabaseReady", "Migrating")
    kube.bring_up(name)
    kube.await_condition(name, "Ready", "AllReady")
    assert [event["count"] for event in kube.events(name) if event["reason"] == "Migrated"] == [1]


def test_scheduling_gates_are_named(kube: Kube, make: MakeResource) -> None:
    name = make()
    kube.bring_up(name)
    kube.run_pods(f"{name}-api", ready=1)
    kube.run_pod(name, "api", {"phase": "Pending"}, gates=("example.com/quota",))
    condition = kube.await_condition(name, "APIReady", "PodUnschedulable")
    assert "until whoever set its scheduling gates takes them away: example.com/quota. " in condition["message"]


def test_an_autoscaler_of_the_consumers_is_said(place: Tenant, kube: Kube, make: MakeResource) -> None:
    name = make({"consumer": {"replicas": {"pinned": 1}}})
    kube.bring_up(name)
    kube.await_condition(name, "Ready", "AllReady")
    place.kubectl("scale", f"deployment/{name}-consumer", "--replicas=3")
    eventually(lambda: "ScaledByAnother" in kube.event_reasons(name))
    eventually(lambda: kube.get("apps/v1", "Deployment", f"{name}-consumer")["spec"]["replicas"] == 1)
    (event,) = [event for event in kube.events(name) if event["reason"] == "ScaledByAnother"]
    assert event["type"] == "Warning"
    assert f"Another writer had scaled Deployment {name}-consumer, and the operator has taken that" in event["message"]
    place.kubectl("scale", f"deployment/{name}-consumer", "--replicas=2")
    eventually(lambda: scalings_taken_back(kube, name) == [2])


def scalings_taken_back(kube: Kube, name: str) -> list[int]:
    """How often each such event has been counted."""
    return [event["count"] for event in kube.events(name) if event["reason"] == "ScaledByAnother"]


def test_who_sets_a_number_that_is_left_to_people_is_not_told_of(place: Tenant, kube: Kube, make: MakeResource) -> None:
    name = make({"consumer": {"autoscaling": {"enabled": False}}})
    kube.bring_up(name)
    kube.await_condition(name, "Ready", "AllReady")
    place.await_looks(name, 2)
    for number in (2, 3, 1, 3, 2):
        place.kubectl("scale", f"deployment/{name}-consumer", f"--replicas={number}")
        place.await_looks(name, 2)
        assert kube.get("apps/v1", "Deployment", f"{name}-consumer")["spec"]["replicas"] == number
    assert scalings_taken_back(kube, name) == []


def is_resting(kube: Kube, name: str) -> bool:
    """Whether the operator has seen that it is to change nothing."""
    status = kube.resource(name)["status"]
    return status.get("paused") is True or "Observing" in {item["reason"] for item in status["conditions"]}


@pytest.mark.parametrize(
    ("rest", "act"), [({"mode": "Observe"}, {"mode": "Enforce"}), ({"paused": True}, {"paused": False})]
)
def test_who_scales_while_the_operator_rests_is_not_told_of(
    place: Tenant, kube: Kube, make: MakeResource, rest: Body, act: Body
) -> None:
    name = make({"consumer": {"replicas": {"pinned": 1}}})
    kube.bring_up(name)
    kube.await_condition(name, "Ready", "AllReady")
    place.await_looks(name, 2)
    kube.change(name, rest)
    eventually(lambda: is_resting(kube, name))
    place.kubectl("scale", f"deployment/{name}-consumer", "--replicas=3")
    kube.change(name, act)
    eventually(lambda: kube.get("apps/v1", "Deployment", f"{name}-consumer")["spec"]["replicas"] == 1)
    place.await_looks(name, 2)
    assert "Scaled" in kube.event_reasons(name)
    assert scalings_taken_back(kube, name) == []


def test_an_autoscaler_of_the_api_is_put_back_and_said(place: Tenant, kube: Kube, make: MakeResource) -> None:
    name = make()
    kube.bring_up(name)
    kube.await_condition(name, "Ready", "AllReady")
    place.kubectl("scale", f"deployment/{name}-api", "--replicas=5")
    eventually(lambda: "DriftCorrected" in kube.event_reasons(name))
    assert kube.get("apps/v1", "Deployment", f"{name}-api")["spec"]["replicas"] == 2
