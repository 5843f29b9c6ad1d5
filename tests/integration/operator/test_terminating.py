"""An object that a finalizer keeps after its deletion is neither written nor deleted again; the status says so."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from integration.operator.cluster import Tenant
from integration.operator.conftest import MakeResource
from integration.operator.kube import Body, Kube, eventually
from integration.operator.test_lifecycle import POD_MONITORS, pod_monitors

pytestmark = pytest.mark.usefixtures("operator")

HOLD = "tests.ingestor.dev/hold"
KINDS = [
    ("v1", "ServiceAccount", "{}-api"),
    ("v1", "ConfigMap", "{}-config"),
    ("v1", "Service", "{}-api"),
    ("apps/v1", "Deployment", "{}-api"),
    ("apps/v1", "Deployment", "{}-consumer"),
    ("policy/v1", "PodDisruptionBudget", "{}-api"),
]
PLURALS = {"ServiceAccount": "serviceaccounts", "ConfigMap": "configmaps", "Service": "services", "Job": "jobs"} | {
    "Deployment": "deployments", "PodDisruptionBudget": "poddisruptionbudgets", "PodMonitor": "podmonitors"
}  # fmt: skip


class Held:
    """One object with a finalizer."""

    def __init__(self, place: Tenant, api_version: str, kind: str, name: str) -> None:
        self._place, self._key = place, (api_version, kind, name)
        self.hold([HOLD])
        self._written = len(self.writes())

    def hold(self, finalizers: list[str]) -> None:
        self._place.kube.patch(*self._key, {"metadata": {"finalizers": finalizers}})

    def find(self) -> Body | None:
        return self._place.kube.find(*self._key)

    def uid(self) -> str | None:
        found = self.find()
        return str(found["metadata"]["uid"]) if found else None

    def terminates(self) -> bool:
        found = self.find()
        return found is not None and "deletionTimestamp" in found["metadata"]

    def delete(self) -> None:
        """Delete it as somebody else, and then change it: there is something to put back."""
        self._place.kube.delete(*self._key)
        self._place.kube.patch(*self._key, {"metadata": {"labels": {"app.kubernetes.io/name": "another"}}})

    def writes(self) -> list[str]:
        """What the operator has done to the object so far, and its scale."""
        _, kind, name = self._key
        found = self._place.server.writes(self._place.user, name)
        return [write.verb for write in found if (write.resource, write.name) == (PLURALS[kind], name)]

    def written(self) -> list[str]:
        """What the operator has done to the object since it is held."""
        return self.writes()[self._written :]


def told(kube: Kube, name: str) -> list[tuple[str, int]]:
    """Reasons of events about what was done, and how often each was told."""
    reasons = ("Deleted", "Created", "Updated", "DriftCorrected")
    return sorted((event["reason"], event["count"]) for event in kube.events(name) if event["reason"] in reasons)


def ready(kube: Kube, make: MakeResource, spec: Body | None = None) -> str:
    name = make(spec)
    kube.await_condition(name, "Ready", "Migrating")
    kube.bring_up(name)
    kube.await_condition(name, "Ready", "AllReady")
    return name


@pytest.mark.parametrize(("api_version", "kind", "pattern"), KINDS, ids=[f"{kind[1]}{kind[2][2:]}" for kind in KINDS])
def test_what_terminates_is_waited_for_and_made_anew(
    place: Tenant, kube: Kube, make: MakeResource, api_version: str, kind: str, pattern: str
) -> None:
    name = ready(kube, make)
    own = kube.config_map(name) if kind == "ConfigMap" else pattern.format(name)
    held = Held(place, api_version, kind, own)
    uid, before = held.uid(), told(kube, name)
    held.delete()
    kube.change(name, {"api": {"replicas": 3}, "consumer": {"replicas": {"min": 2}}})
    condition = kube.await_condition(name, "Ready", "ObjectTerminates")
    assert f"{kind} {own} is being deleted and is made anew once it is gone" in condition["message"]
    assert HOLD in condition["message"]
    place.await_looks(name, 4)
    assert held.written() == []
    assert {item for item in told(kube, name) if item not in before} <= {("Updated", 1)}
    held.hold([])
    eventually(lambda: held.uid() not in (None, uid))
    eventually(lambda: kube.condition(name, "Ready")["reason"] != "ObjectTerminates")


@pytest.mark.parametrize("failed", [True, False], ids=["failed", "running"])
def test_so_does_a_job(place: Tenant, kube: Kube, make: MakeResource, *, failed: bool) -> None:
    name = make()
    kube.await_condition(name, "Ready", "Migrating")
    job = kube.job(name)
    held = Held(place, "batch/v1", "Job", job)
    uid = held.uid()
    if failed:
        kube.finish_job(name, "Failed", datetime.now(UTC) - timedelta(seconds=61))
        eventually(held.terminates)
    else:
        held.delete()
    for kind in ("Ready", "DatabaseReady"):
        condition = kube.await_condition(name, kind, "ObjectTerminates")
        assert f"Job {job} is being deleted and is made anew once it is gone" in condition["message"]
        assert HOLD in condition["message"]
    place.await_looks(name, 4)
    assert held.written() == (["delete"] if failed else [])
    assert [event["count"] for event in kube.events(name) if event["reason"] == "Deleted"] == [1] * failed
    held.hold([])
    eventually(lambda: held.uid() not in (None, uid))
    kube.finish_job(name)
    kube.await_condition(name, "DatabaseReady", "Migrated")


def test_a_job_that_has_ended_well_goes_without_another(place: Tenant, kube: Kube, make: MakeResource) -> None:
    name = ready(kube, make)
    held = Held(place, "batch/v1", "Job", kube.job(name))
    held.delete()
    place.await_looks(name, 4)
    assert held.written() == []
    assert HOLD in kube.await_condition(name, "Ready", "AllReady")["message"]
    held.hold([])
    eventually(lambda: HOLD not in kube.condition(name, "Ready")["message"])
    assert held.find() is None


def test_what_is_needed_no_more_is_deleted_once(place: Tenant, kube: Kube, make: MakeResource) -> None:
    name = ready(kube, make)
    job = kube.job(name)
    held = Held(place, "batch/v1", "Job", job)
    kube.change(name, {"api": {"image": "other/api:2"}})
    eventually(held.terminates)
    place.await_looks(name, 4)
    assert held.written() == ["delete"]
    assert kube.event_reasons(name) >= {"Deleted"}
    held.hold([])
    eventually(lambda: held.find() is None)
    # The next one is there, and is not held.
    kube.finish_job(name)
    kube.await_condition(name, "DatabaseReady", "Migrated")


@pytest.fixture
def monitors(place: Tenant, kube: Kube) -> Iterator[None]:
    """The kind PodMonitor, which the next tests want the API server to be without."""
    crd = place.folder / "podmonitors.yaml"
    crd.write_text(POD_MONITORS)
    place.kubectl("apply", "-f", str(crd))
    place.kubectl("wait", "--for=condition=Established", "crd/podmonitors.monitoring.coreos.com")
    yield
    place.kubectl("delete", "-f", str(crd))


@pytest.mark.usefixtures("monitors")
def test_a_pod_monitor_is_waited_for_whether_it_is_wanted_or_not(place: Tenant, kube: Kube, make: MakeResource) -> None:
    name = make({"monitoring": {"podMonitor": True}})
    eventually(lambda: pod_monitors(kube) == {name})
    kube.bring_up(name)
    kube.await_condition(name, "Ready", "AllReady")
    held = Held(place, "monitoring.coreos.com/v1", "PodMonitor", name)
    try:
        held.delete()
        assert HOLD in kube.await_condition(name, "Ready", "ObjectTerminates")["message"]
        kube.change(name, {"monitoring": {"podMonitor": False}})
        condition = kube.await_condition(name, "Ready", "AllReady")
        assert f"PodMonitor {name} is being deleted: it waits until" in condition["message"]
        place.await_looks(name, 4)
        assert held.written() == []
    finally:
        held.hold([])
    eventually(lambda: pod_monitors(kube) == set())
