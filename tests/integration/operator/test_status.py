"""What the status says of pods, written by hands in place of the controllers, on a real API server."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from integration.operator.cluster import Tenant
from integration.operator.conftest import MakeResource
from integration.operator.kube import RESOURCE, Body, Kube, eventually
from integration.operator.processes import OperatorProcess

from ingestor_common.probes import ProbeServer
from ingestor_operator.run.options import VERSION

pytestmark = pytest.mark.usefixtures("operator")


def test_a_new_image_that_does_not_run_is_not_ready(place: Tenant, kube: Kube, make: MakeResource) -> None:
    name = make({"consumer": {"image": "ingestor/consumer:1"}})
    kube.bring_up(name)
    kube.await_condition(name, "Ready", "AllReady")
    kube.change(name, {"consumer": {"image": "ingestor/consumer:none"}})
    # The first look that has seen the new spec does not call the old pods the wanted ones.
    assert eventually(lambda: kube.condition(name, "Ready"))["status"] == "False"
    deployment = f"{name}-consumer"
    body = kube.get("apps/v1", "Deployment", deployment)
    surge = {"replicas": 2, "updatedReplicas": 1, "readyReplicas": 1, "availableReplicas": 1}
    seen = {"observedGeneration": body["metadata"]["generation"]}
    kube.patch_status("apps/v1", "Deployment", deployment, surge | seen)
    eventually(lambda: "1 pod of an older template" in kube.condition(name, "Ready")["message"])
    place.await_looks(name, 3)
    assert kube.condition(name, "Ready")["status"] == "False"
    kube.run_pods(deployment)
    kube.await_condition(name, "Ready", "AllReady")


def container(reason: str, message: str, name: str = "main") -> Body:
    return {
        "name": name,
        "image": "none",
        "imageID": "",
        "ready": False,
        "restartCount": 0,
        "state": {"waiting": {"reason": reason, "message": message}},
    }


def exited(message: str) -> Body:
    ended = {"exitCode": 1, "reason": "Error", "message": message}
    return {
        "name": "main",
        "image": "",
        "imageID": "",
        "ready": False,
        "restartCount": 0,
        "state": {"terminated": ended},
    }


def test_a_pod_that_does_not_start_is_named_with_the_words_of_the_cluster(kube: Kube, make: MakeResource) -> None:
    # The pods are looked at soon, however long the interval is.
    name = make({"consumer": {"autoscaling": {"intervalSeconds": 3600}}})
    kube.bring_up(name)
    kube.run_pods(f"{name}-api", ready=1)
    kube.await_condition(name, "APIReady", "PodsNotReady")
    pod = kube.run_pod(name, "api", {"phase": "Pending", "containerStatuses": [container("ErrImagePull", "not found")]})
    condition = kube.await_condition(name, "Ready", "ImagePullFailed")
    assert condition["message"] == (
        f"Pod {pod}, container main: image none is not pulled: not found."
        f" Deployment {name}-api has 1 of 2 pods available."
    )
    eventually(lambda: ("Warning", "ImagePullFailed") in {(e["type"], e["reason"]) for e in kube.events(name)})


def test_a_migration_that_fails_says_what_its_pod_said(kube: Kube, make: MakeResource) -> None:
    name = make()
    kube.await_condition(name, "Ready", "Migrating")
    job = kube.get("batch/v1", "Job", kube.job(name))
    said = 'the database refused: password authentication failed for user "quiz"\n'
    kube.run_pod(name, "migration", {"phase": "Failed", "containerStatuses": [exited(said)]}, job)
    condition = kube.await_condition(name, "Ready", "MigrationPodFails")
    assert (
        'it ended with exit code 1: the database refused: password authentication failed for user "quiz".'
        in (condition["message"])
    )
    eventually(lambda: ("Warning", "MigrationPodFails") in {(e["type"], e["reason"]) for e in kube.events(name)})
    kube.bring_up(name)
    kube.await_condition(name, "DatabaseReady", "Migrated")


def test_a_quota_that_refuses_the_pods_of_the_migration_is_told(kube: Kube, make: MakeResource) -> None:
    name = make()
    kube.await_condition(name, "Ready", "Migrating")
    job = kube.get("batch/v1", "Job", kube.job(name))
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    kube.create(
        {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"generateName": f"{name}.", "namespace": kube.namespace},
            "type": "Warning",
            "reason": "FailedCreate",
            "message": f'pods "{name}-migrate" is forbidden: exceeded quota: small',
            "firstTimestamp": now,
            "lastTimestamp": now,
            "involvedObject": {
                "apiVersion": "batch/v1",
                "kind": "Job",
                "namespace": kube.namespace,
                "name": job["metadata"]["name"],
                "uid": job["metadata"]["uid"],
            },
        }
    )
    condition = kube.await_condition(name, "DatabaseReady", "MigrationPodFails")
    assert "is forbidden: exceeded quota: small" in condition["message"]


def test_what_the_scheduler_says_is_told(kube: Kube, make: MakeResource) -> None:
    name = make()
    kube.bring_up(name)
    kube.run_pods(f"{name}-consumer", ready=0)
    unschedulable = {
        "type": "PodScheduled",
        "status": "False",
        "reason": "Unschedulable",
        "message": "0/1 nodes are available: 1 Insufficient cpu.",
    }
    kube.run_pod(name, "consumer", {"phase": "Pending", "conditions": [unschedulable]})
    condition = kube.await_condition(name, "ConsumerReady", "PodUnschedulable")
    assert ": Unschedulable: 0/1 nodes are available: 1 Insufficient cpu. Deployment" in condition["message"]


@contextmanager
def probes(says: dict[str, str]) -> Iterator[int]:
    """The probes of a service, with what it sees of its database in `says`."""
    server = ProbeServer(
        0,
        chosen=False,
        live=lambda: None,
        ready=lambda: says.get("reason"),
        sees=lambda: {key: value for key, value in says.items() if key != "reason"},
    )
    try:
        yield server.start()
    finally:
        server.stop()


def test_a_database_that_the_consumers_do_not_reach_is_told_and_holds_the_scaling(
    kube: Kube, make: MakeResource
) -> None:
    name = make({"consumer": {"replicas": {"min": 1}}})
    kube.bring_up(name)
    kube.await_condition(name, "Ready", "AllReady")
    says = {"database": "up"}
    with probes(says) as port:
        running: Body = {"phase": "Running", "podIP": "127.0.0.1", "podIPs": [{"ip": "127.0.0.1"}]}
        kube.run_pod(name, "consumer", running, port=port)
        says["database"] = "down: connection refused"
        condition = kube.await_condition(name, "DatabaseReady", "DatabaseUnreachable")
        assert ": connection refused. " in condition["message"]
        assert kube.condition(name, "Ready")["reason"] == "DatabaseUnreachable"
        assert kube.condition(name, "ScalingActive")["reason"] == "DatabaseUnreachable"
        eventually(lambda: ("Warning", "DatabaseUnreachable") in {(e["type"], e["reason"]) for e in kube.events(name)})
        says["database"] = "up"
        kube.await_condition(name, "Ready", "AllReady")
        over = "DatabaseUnreachable is over: "
        eventually(lambda: [event for event in kube.events(name) if event["message"].startswith(over)])
        assert [event["count"] for event in kube.events(name) if event["reason"] == "Migrated"] == [1]
        # A pod that is not ready says why itself.
        says["reason"] = "partition 0 waits for dead_letters"
        kube.run_pods(f"{name}-consumer", ready=0)
        kube.await_condition(name, "ConsumerReady", "PodsNotReady")
        eventually(lambda: "waits for dead_letters" in kube.condition(name, "ConsumerReady")["message"])


def test_two_installations_on_one_database_are_told(place: Tenant, kube: Kube, make: MakeResource) -> None:
    url = "--from-literal=url=postgresql://{}@shared.example/quiz"
    for number in (1, 2):
        place.kubectl("create", "secret", "generic", f"shared-{number}", url.format(f"user{number}:pw{number}"))
    names = [make({"database": {"secretRef": {"name": f"shared-{number}", "key": "url"}}}) for number in (1, 2)]
    for name in names:
        kube.bring_up(name)
    for name, other in (names, reversed(names)):
        condition = kube.await_condition(name, "DatabaseReady", "DatabaseShared")
        assert f"IngestorDeployment {place.name}/{other} too" in condition["message"]
        assert condition["status"] == "True"
        eventually(lambda name=name: "DatabaseShared" in kube.event_reasons(name))  # type: ignore[misc]
    kube.delete(RESOURCE, "IngestorDeployment", names[1])
    kube.await_condition(names[0], "DatabaseReady", "Migrated")


def test_conditions_pins_and_pauses_are_metrics(
    place: Tenant, kube: Kube, make: MakeResource, operator: OperatorProcess
) -> None:
    name = make()
    where = f'name="{name}",namespace="{place.name}"'

    def said(reason: str, status: str) -> float:
        labels = f'name="{name}",namespace="{place.name}",reason="{reason}",status="{status}",type="Ready"'
        return operator.metric(f"ingestor_operator_condition{{{labels}}}")

    eventually(lambda: said("Migrating", "False") == 1)
    kube.bring_up(name)
    eventually(lambda: said("AllReady", "True") == 1)
    assert said("Migrating", "False") == 0
    place.kubectl("scale", "ingd", name, "--replicas=1")
    eventually(lambda: operator.metric(f"ingestor_operator_pinned{{{where}}}") == 1)
    kube.change(name, {"paused": True})
    eventually(lambda: operator.metric(f"ingestor_operator_paused{{{where}}}") == 1)
    assert said("AllReady", "True") == 0


def test_an_operator_of_another_release_that_writes_the_status_too_is_told(
    place: Tenant, kube: Kube, make: MakeResource
) -> None:
    name = make()
    kube.bring_up(name)
    kube.await_condition(name, "Ready", "AllReady")
    place.await_looks(name, 1)
    assert "AnotherOperator" not in kube.event_reasons(name)
    kube.patch_status(RESOURCE, "IngestorDeployment", name, {"release": "0.0.9"})
    (event,) = eventually(lambda: [one for one in kube.events(name) if one["reason"] == "AnotherOperator"])
    assert event["type"] == "Warning"
    assert event["message"].startswith(
        f"An operator of release 0.0.9 has written the status since this one, of release {VERSION}, did: "
    )
    assert kube.resource(name)["status"]["release"] == VERSION
