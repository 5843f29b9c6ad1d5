"""What is written while a new image waits for its migration."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ingestor_operator.kafka.facts import KafkaUnreachable
from ingestor_operator.manifests.manifest import REQUEST_ANNOTATION, Manifest, Release, digested
from ingestor_operator.manifests.objects import objects
from ingestor_operator.model.resource import Resource
from ingestor_operator.observe.observation import Observation
from ingestor_operator.plan.changes import Changes, make_changes
from ingestor_operator.plan.migration import Migration

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
OLD, NEW = Release("api:1", "consumer:1"), Release("api:2", "consumer:2")
SECRETS = {"ingestor-database": "u1/5", "ingestor-auth": "u2/7"}


def applied(resource: Resource, release: Release = OLD) -> dict[tuple[str, str], Manifest]:
    built = objects(resource, release, SECRETS)
    return {(manifest["kind"], manifest["metadata"]["name"]): manifest for manifest in built}


def of_another_build(deployment: Manifest) -> Manifest:
    """As a release would have applied it that built pods a little differently."""
    spec = deployment["spec"]
    template = spec["template"] | {"spec": spec["template"]["spec"] | {"enableServiceLinks": True}}
    return digested(deployment | {"spec": spec | {"template": template}})


def changes(resource: Resource, live: dict[tuple[str, str], Manifest]) -> Changes:
    observation = Observation(NOON, resource, (), {}, live, KafkaUnreachable("KafkaUnreachable", "down"), SECRETS)
    return make_changes(observation, objects(resource, NEW, SECRETS))


def deployments(found: Changes) -> list[str]:
    return [change.name for change in found.applied if change.kind == "Deployment"]


def test_an_upgrade_of_the_operator_replaces_pods_once_and_with_the_new_image(make_resource: Any) -> None:
    resource = make_resource()
    live = {key: of_another_build(body) if key[0] == "Deployment" else body for key, body in applied(resource).items()}
    found = changes(resource, live)
    assert deployments(found) == []
    assert [manifest["metadata"]["name"] for manifest in found.waiting] == ["quiz-api", "quiz-consumer"]


def test_so_does_an_upgrade_from_a_release_that_noted_no_request(make_resource: Any) -> None:
    resource = make_resource()
    live = applied(resource)
    for key, body in live.items():
        if key[0] == "Deployment":
            annotations = {
                name: text for name, text in body["metadata"]["annotations"].items() if name != REQUEST_ANNOTATION
            }
            bare = body | {"metadata": body["metadata"] | {"annotations": annotations}}
            live[key] = of_another_build(bare)
    assert deployments(changes(resource, live)) == []


def test_what_is_asked_for_is_done_while_the_images_wait(make_resource: Any) -> None:
    live = {
        key: of_another_build(body) if key[0] == "Deployment" else body
        for key, body in applied(make_resource()).items()
    }
    (change,) = [
        change
        for change in changes(make_resource("minimal", {"api.replicas": 5}), live).applied
        if change.kind == "Deployment"
    ]
    assert (change.name, change.manifest["spec"]["replicas"]) == ("quiz-api", 5)
    assert change.manifest["spec"]["template"]["spec"]["containers"][0]["image"] == "api:1"


def test_drift_is_put_back_while_the_images_wait(make_resource: Any) -> None:
    resource = make_resource()
    live = applied(resource)
    drifted = live["Deployment", "quiz-api"]
    live["Deployment", "quiz-api"] = drifted | {"spec": drifted["spec"] | {"replicas": 9}}
    (change,) = [change for change in changes(resource, live).applied if change.kind == "Deployment"]
    assert (change.name, change.reason, change.path) == ("quiz-api", "drifted", "spec.replicas")


def test_a_migration_that_was_made_is_not_made_again(make_resource: Any) -> None:
    def made(resource: Resource) -> list[str]:
        found = changes(resource, {})
        return [change.name for change in found.applied if change.kind == "Job"]

    (name,) = made(make_resource())
    done = {"migration": {"job": name, "completedAt": "2026-01-01T11:00:00Z"}}
    assert made(make_resource(status=done)) == []
    (other,) = made(make_resource("minimal", {"api.image": "other:1"}, status=done))
    assert other != name


def test_without_a_wait_the_release_is_rolled_out(make_resource: Any) -> None:
    resource = make_resource("minimal", {"api.image": "mine:1", "consumer.image": "mine:2"})
    live = {key: of_another_build(body) if key[0] == "Deployment" else body for key, body in applied(resource).items()}
    assert deployments(changes(resource, live)) == ["quiz-api", "quiz-consumer"]
    assert replace(changes(resource, live), applied=()).waiting == ()


@pytest.mark.parametrize("ended", ["Complete", "Failed"])
def test_a_job_of_somebody_else_has_migrated_nothing_and_is_never_deleted(make_resource: Any, ended: str) -> None:
    resource = make_resource()
    live = applied(resource, NEW)
    job = next(key for key in live if key[0] == "Job")
    condition = {"type": ended, "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}
    metadata = {key: value for key, value in live[job]["metadata"].items() if key != "ownerReferences"}
    live[job] = live[job] | {"metadata": metadata, "status": {"conditions": [condition]}}
    found = changes(resource, live)
    assert found.migration.state is Migration.PENDING
    assert found.deleted == ()


def test_a_failed_job_and_what_is_built_no_more_are_deleted_as_they_were_read(make_resource: Any) -> None:
    resource = make_resource()
    live = applied(resource, NEW)
    job = next(key for key in live if key[0] == "Job")
    condition = {"type": "Failed", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}
    live[job] = live[job] | {"status": {"conditions": [condition]}}
    before = "Service", "of-an-older-release"
    live[before] = {"kind": before[0], "metadata": live[job]["metadata"] | {"name": before[1]}}
    for number, body in enumerate(live.values()):
        body["metadata"] = body["metadata"] | {"uid": f"uid-{number}"}
    found = changes(resource, live)
    deleted = {(item["kind"], item["metadata"]["name"]): item["metadata"]["uid"] for item in found.deleted}
    assert deleted == {key: live[key]["metadata"]["uid"] for key in (job, before)}
