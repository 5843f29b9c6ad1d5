"""Events are asked for only of what says nothing itself, and those that are over are not told."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestor_operator.observe.warnings import newest_warning, silent

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
STARTS: dict[str, Any] = {"metadata": {}, "status": {"phase": "Pending"}}


def event(reason: str, message: str, minutes: float = 0, **more: Any) -> dict[str, Any]:
    moment = (NOON - timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"reason": reason, "message": message, "lastTimestamp": moment, "metadata": {}, **more}


def pod(uid: str, component: str, owner: str = "", status: Any = None) -> dict[str, Any]:
    labels = {"app.kubernetes.io/component": component}
    owners = [{"uid": owner, "controller": True}] if owner else []
    return {"metadata": {"name": uid, "uid": uid, "labels": labels, "ownerReferences": owners}, "status": status or {}}


def test_the_newest_warning_is_told() -> None:
    found = [event("FailedMount", "older", 2), event("FailedCreate", "exceeded quota: small.", 1)]
    assert newest_warning(found, STARTS, NOON) == "FailedCreate: exceeded quota: small"
    assert newest_warning([], STARTS, NOON) is None


def test_what_is_over_is_not_told() -> None:
    # The pod has its node by now: else its status says so.
    assert newest_warning([event("FailedScheduling", "0/1 nodes are available")], STARTS, NOON) is None


def test_both_forms_of_events_have_a_time() -> None:
    newer = event("FailedCreate", "quota", lastTimestamp=None, eventTime="2026-01-01T11:59:00.123456Z")
    assert newest_warning([newer], STARTS, NOON) == "FailedCreate: quota"
    again = newer | {"eventTime": "2026-01-01T10:00:00Z", "series": {"lastObservedTime": "2026-01-01T11:59:30Z"}}
    assert newest_warning([again], STARTS, NOON) == "FailedCreate: quota"


def test_one_silent_pod_of_each_component_is_asked_about() -> None:
    unschedulable = {"conditions": [{"type": "PodScheduled", "status": "False"}]}
    pods = [pod("a", "api"), pod("b", "api"), pod("c", "consumer"), pod("d", "migration", status=unschedulable)]
    assert [found["metadata"]["uid"] for found in silent([], pods, NOON)] == ["a", "c"]


def test_a_job_is_asked_about_while_it_has_no_pod() -> None:
    done = [{"type": "Complete", "status": "True", "lastTransitionTime": "2026-01-01T11:00:00Z"}]
    jobs = [
        {"kind": "Job", "metadata": {"uid": "waits"}},
        {"kind": "Job", "metadata": {"uid": "runs"}},
        {"kind": "Job", "metadata": {"uid": "done"}, "status": {"conditions": done}},
    ]
    found = silent(jobs, [pod("p", "migration", "runs", {"phase": "Running"})], NOON)
    assert [job["metadata"]["uid"] for job in found] == ["waits"]


@given(ahead=st.timedeltas(timedelta(days=-9), timedelta(days=9)))
def test_what_a_pod_waits_for_is_told_whatever_its_nodes_clock_says(ahead: timedelta) -> None:
    mount = event("FailedMount", "no such secret", lastTimestamp=(NOON + ahead).isoformat())
    assert newest_warning([mount], STARTS, NOON) == "FailedMount: no such secret"


@given(ahead=st.timedeltas(timedelta(days=-9), timedelta(days=9)), later=st.integers(-600, 600))
def test_a_mount_that_failed_before_the_volumes_were_there_is_over(ahead: timedelta, later: int) -> None:
    made = (NOON + ahead).isoformat()
    conditions = [{"type": "PodReadyToStartContainers", "status": "True", "lastTransitionTime": made}]
    mount = event("FailedMount", "m", lastTimestamp=(NOON + ahead + timedelta(seconds=later)).isoformat())
    pulls = {"metadata": {}, "status": {"phase": "Pending", "conditions": conditions}}
    assert (newest_warning([mount], pulls, NOON) is None) is (later < 0)


BUDGET = 60


def unhealthy(message: str, path: str = "spec.containers{api}") -> dict[str, Any]:
    return event("Unhealthy", message, involvedObject={"fieldPath": path})


def starting(kind: str, seconds: float | None) -> dict[str, Any]:
    """A pod whose container runs for so long; None where it does not run."""
    started = None if seconds is None else (NOON - timedelta(seconds=seconds)).isoformat()
    state = {"running": {"startedAt": started}} if started else {"waiting": {"reason": "ContainerCreating"}}
    probe = {"periodSeconds": 2, "failureThreshold": 25, "initialDelaySeconds": 10}
    states = "initContainerStatuses" if kind == "initContainers" else "containerStatuses"
    return {
        "metadata": {},
        "spec": {kind: [{"name": "other"}, {"name": "api", "startupProbe": probe}]},
        "status": {"phase": "Pending", states: [{"name": "api", "state": state}]},
    }


@given(
    kind=st.sampled_from(["containers", "initContainers"]),
    seconds=st.none() | st.integers(0, 3 * BUDGET),
)
def test_a_startup_probe_that_fails_counts_once_the_container_has_had_its_time(kind: str, seconds: int | None) -> None:
    refused = unhealthy("Startup probe failed: connection refused", f"spec.{kind}{{api}}")
    told = newest_warning([refused], starting(kind, seconds), NOON)
    assert (told is not None) is (seconds is not None and seconds >= BUDGET)


@pytest.mark.parametrize("message", ["Readiness probe failed: 503", "Liveness probe failed: 503"])
def test_a_probe_of_a_container_that_has_started_keeps_no_pod_from_starting(message: str) -> None:
    assert newest_warning([unhealthy(message)], starting("containers", 500), NOON) is None
    assert newest_warning([unhealthy("Startup probe failed", "")], starting("containers", 500), NOON) is None


def test_a_failing_probe_hides_nothing_else() -> None:
    found = [event("FailedMount", "older", 2), unhealthy("Startup probe failed: connection refused")]
    assert newest_warning(found, STARTS, NOON) == "FailedMount: older"
