"""What somebody else has halted is said, with what to do; it does not read as if it were under way."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from unit.ingestor_operator.status.test_status import (
    NOON,
    VERSIONS,
    condition,
    counts,
    pod,
    told,
    well,
    with_status,
)

from ingestor_operator.act.outcome import Outcome
from ingestor_operator.manifests.manifest import Manifest
from ingestor_operator.observe.observation import Observation
from ingestor_operator.plan.problem import Problem
from ingestor_operator.status.events import notices

RESUME = (
    "The rollout of Deployment quiz-api is paused, and its pods are not replaced; go on with `kubectl rollout resume"
    " deployment/quiz-api`."
)
DELETED = {"deletionTimestamp": "2026-01-01T12:00:00Z", "finalizers": ["example.com/hold"]}
CRASH = {"name": "api", "state": {"terminated": {"exitCode": 1, "reason": "Error", "message": "no memory"}}}


def changed(observation: Observation, kind: str, name: str, part: str, **fields: Any) -> Observation:
    body = observation.objects[kind, name]
    return replace(observation, objects={**observation.objects, (kind, name): body | {part: body[part] | fields}})


def paused(observation: Observation) -> Observation:
    return changed(observation, "Deployment", "quiz-api", "spec", paused=True)


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (counts(1, 2, 0, 2, 2), "Deployment quiz-api has 0 of 2 pods of the newest template."),
        (
            counts(1, 3, 2, 2, 2),
            "Deployment quiz-api still has 1 pod of an older template; it goes once newer",
        ),
    ],
)
def test_a_paused_rollout_is_not_under_way(make_resource: Any, status: dict[str, int], says: str) -> None:
    found = condition(told(paused(with_status(well(make_resource()), "Deployment", "quiz-api", status))), "APIReady")
    assert (found.status, found.reason) == ("False", "RolloutPaused")
    assert found.message.startswith(says)
    assert found.message.endswith(RESUME)


def test_a_paused_rollout_with_nothing_to_do_is_ready_and_warned_of_once(make_resource: Any) -> None:
    before = told(well(make_resource()))
    resource = replace(make_resource(), status=before)
    after = told(paused(well(resource)))
    found = condition(after, "APIReady")
    assert (found.status, found.reason) == ("True", "RolloutPaused")
    assert found.message == f"Deployment quiz-api has 2 of 2 pods ready. {RESUME}"
    assert condition(after, "Ready").status == "True"
    assert [(event.type, event.reason) for event in notices(before, after, Outcome())] == [("Warning", "RolloutPaused")]
    assert [event.reason for event in notices(after, before, Outcome())] == ["Recovered"]


def test_what_is_changed_in_a_paused_deployment_is_not_said_to_follow(make_resource: Any) -> None:
    written = Outcome(done=(Problem("Updated", "."),), rolled=frozenset({"quiz-api"}))
    found = condition(told(paused(well(make_resource())), written), "APIReady")
    assert (found.status, found.reason) == ("False", "RolloutPaused")
    assert found.message == f"Deployment quiz-api was changed. {RESUME}"


def test_a_pod_that_crashes_is_told_before_the_pause(make_resource: Any) -> None:
    down = paused(with_status(well(make_resource()), "Deployment", "quiz-api", counts(1, 2, 2, 1, 1)))
    found = condition(told(replace(down, pods=(pod("api", containerStatuses=[CRASH]),))), "APIReady")
    assert found.reason == "ContainerCrashes"
    assert found.message.startswith("Pod quiz-api-1, container api: ")
    assert found.message.endswith(RESUME)


def test_a_pause_is_told_beside_a_secret_that_waits(make_resource: Any) -> None:
    waiting = paused(replace(well(make_resource()), secret_versions=VERSIONS | {"ingestor-database": "u1/6"}))
    found = condition(told(waiting), "APIReady")
    assert found.reason == "WaitsForMigration"
    assert found.message.endswith(RESUME)


def job_of(observation: Observation) -> str:
    return next(name for kind, name in observation.objects if kind == "Job")


@pytest.mark.parametrize(
    ("fields", "why", "how"),
    [
        ({"suspend": True}, "is suspended", '{"spec":{"suspend":false}}'),
        ({"parallelism": 0}, "may run no pods", '{"spec":{"parallelism":1}}'),
    ],
)
def test_a_job_that_may_not_run_is_said_with_what_to_do(
    make_resource: Any, fields: dict[str, Any], why: str, how: str
) -> None:
    observation = well(make_resource())
    job = job_of(observation)
    waiting = with_status(observation, "Job", job, {})
    # For however long it has been so.
    waiting = changed(waiting, "Job", job, "metadata", creationTimestamp="2026-01-01T09:00:00Z")
    first = told(replace(waiting, now=NOON - timedelta(hours=3)))
    waiting = replace(waiting, resource=replace(waiting.resource, status=first))
    assert condition(told(waiting), "DatabaseReady").reason == "MigrationStalled"
    found = condition(told(changed(waiting, "Job", job, "spec", **fields)), "DatabaseReady")
    assert (found.status, found.reason) == ("False", "MigrationSuspended")
    assert found.message.startswith(f"Job {job} {why}")
    assert found.message.endswith(f"`kubectl patch job/{job} --type=merge -p '{how}'`.")
    done = changed(observation, "Job", job, "spec", **fields)
    assert condition(told(done), "DatabaseReady").reason == "Migrated"


def test_a_job_that_was_let_go_has_its_time_from_then_on(make_resource: Any) -> None:
    observation = well(make_resource())
    job = job_of(observation)
    begun = with_status(observation, "Job", job, {"active": 1, "startTime": "2026-01-01T11:55:00Z"})
    begun = changed(begun, "Job", job, "metadata", creationTimestamp="2026-01-01T09:00:00Z")
    assert condition(told(begun), "DatabaseReady").reason == "Migrating"


def test_a_job_of_another_controller_names_it(make_resource: Any) -> None:
    observation = well(make_resource())
    job = job_of(observation)
    waiting = changed(
        with_status(observation, "Job", job, {}), "Job", job, "spec", managedBy="kueue.x-k8s.io/multikueue"
    )
    found = condition(told(waiting), "DatabaseReady")
    assert found.reason == "MigrationSuspended"
    assert "kueue.x-k8s.io/multikueue (spec.managedBy)" in found.message


def test_pods_that_are_ready_and_do_not_count_yet_are_told(make_resource: Any) -> None:
    slow: Observation = with_status(well(make_resource()), "Deployment", "quiz-api", counts(1, 2, 2, 2, 0))
    found = condition(told(changed(slow, "Deployment", "quiz-api", "spec", minReadySeconds=600)), "APIReady")
    assert found.message == (
        "Deployment quiz-api has 0 of 2 pods available; 2 more are ready, and counted after 600 s (minReadySeconds)."
    )


def test_a_pod_with_scheduling_gates_names_them(make_resource: Any) -> None:
    blocked = {
        "type": "PodScheduled",
        "status": "False",
        "reason": "SchedulingGated",
        "message": "Scheduling is blocked",
    }
    gated: Manifest = pod("api", phase="Pending", conditions=[blocked]) | {
        "spec": {"schedulingGates": [{"name": "example.com/quota"}, {"name": "example.com/approval"}]}
    }
    down = with_status(well(make_resource()), "Deployment", "quiz-api", counts(1, 2, 2, 1, 1))
    found = condition(told(replace(down, pods=(gated,))), "APIReady")
    assert found.reason == "PodUnschedulable"
    assert "takes them away: example.com/quota, example.com/approval. " in found.message
