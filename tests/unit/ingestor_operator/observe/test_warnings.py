"""Events are asked for only of what says nothing itself, and those of the past are not told."""

from datetime import UTC, datetime, timedelta
from typing import Any

from ingestor_operator.observe.warnings import FRESH, newest_warning, silent

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def event(reason: str, message: str, minutes: float = 0, **more: Any) -> dict[str, Any]:
    moment = (NOON - timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"reason": reason, "message": message, "lastTimestamp": moment, "metadata": {}, **more}


def pod(uid: str, component: str, owner: str = "", status: Any = None) -> dict[str, Any]:
    labels = {"app.kubernetes.io/component": component}
    owners = [{"uid": owner, "controller": True}] if owner else []
    return {"metadata": {"name": uid, "uid": uid, "labels": labels, "ownerReferences": owners}, "status": status or {}}


def test_the_newest_warning_is_told() -> None:
    found = [event("FailedMount", "older", 2), event("FailedCreate", "exceeded quota: small.", 1)]
    assert newest_warning(found, NOON) == "FailedCreate: exceeded quota: small"
    assert newest_warning([], NOON) is None


def test_what_is_over_is_not_told() -> None:
    assert newest_warning([event("FailedMount", "long ago", FRESH.seconds / 60)], NOON) is None
    # The pod has its node by now: else its status says so.
    assert newest_warning([event("FailedScheduling", "0/1 nodes are available")], NOON) is None


def test_both_forms_of_events_have_a_time() -> None:
    newer = event("FailedCreate", "quota", lastTimestamp=None, eventTime="2026-01-01T11:59:00.123456Z")
    assert newest_warning([newer], NOON) == "FailedCreate: quota"
    again = newer | {"eventTime": "2026-01-01T10:00:00Z", "series": {"lastObservedTime": "2026-01-01T11:59:30Z"}}
    assert newest_warning([again], NOON) == "FailedCreate: quota"


def test_one_silent_pod_of_each_component_is_asked_about() -> None:
    unschedulable = {"conditions": [{"type": "PodScheduled", "status": "False"}]}
    pods = [pod("a", "api"), pod("b", "api"), pod("c", "consumer"), pod("d", "migration", status=unschedulable)]
    assert silent([], pods) == ["a", "c"]


def test_a_job_is_asked_about_while_it_has_no_pod() -> None:
    done = [{"type": "Complete", "status": "True", "lastTransitionTime": "2026-01-01T11:00:00Z"}]
    jobs = [
        {"kind": "Job", "metadata": {"uid": "waits"}},
        {"kind": "Job", "metadata": {"uid": "runs"}},
        {"kind": "Job", "metadata": {"uid": "done"}, "status": {"conditions": done}},
    ]
    assert silent(jobs, [pod("p", "migration", "runs", {"phase": "Running"})]) == ["waits"]
