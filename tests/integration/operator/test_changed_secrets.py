"""A changed Secret reaches the pods' templates on a real API server only once its migration Job has succeeded."""

import pytest
from integration.operator.cluster import Tenant
from integration.operator.conftest import MakeResource
from integration.operator.kube import Kube, eventually
from integration.operator.rotation import COMPONENTS, await_job_after, finish_rollout, installed, templates, write

pytestmark = pytest.mark.usefixtures("operator")

REFUSED = (
    "Error: Postgres at db:5432: the server refuses the user or the password of DATABASE_URL, or the client's"
    " address (pg_hba.conf); that server's log says why"
)


def fail_pod(kube: Kube, name: str) -> None:
    """The Job's pod ends as one whose login is refused."""
    ended = {"terminated": {"exitCode": 3, "reason": "Error", "message": f"{REFUSED}\n"}}
    container = {"name": "main", "image": "", "imageID": "", "ready": False, "restartCount": 0, "state": ended}
    job = kube.get("batch/v1", "Job", kube.job(name))
    kube.run_pod(name, "migration", {"phase": "Failed", "containerStatuses": [container]}, job)


def test_a_wrong_password_stays_with_its_job_until_it_is_mended(place: Tenant, kube: Kube, make: MakeResource) -> None:
    name = installed(place, kube, make, "rotated")
    before, first = templates(kube, name), kube.job(name)
    write(place, "rotated", "wrong")
    second = await_job_after(kube, name, first)
    fail_pod(kube, name)
    message = kube.await_condition(name, "DatabaseReady", "MigrationPodFails")["message"]
    assert f"Job {second} has not finished: pod " in message
    assert message.endswith(
        f"it ended with exit code 3: {REFUSED}. It is tried again."
        " Secret rotated has changed: pods go on with what they have until the Job succeeds."
    )
    assert kube.condition(name, "Ready")["message"] == message
    assert kube.condition(name, "ConsumerReady")["message"] == (
        f"Secret rotated has changed: Deployment {name}-consumer keeps its pods as they are until Job {second} has"
        " finished; a pod that starts before reads what is there now."
    )
    (event,) = eventually(lambda: [one for one in kube.events(name) if one["reason"] == "MigrationPodFails"])
    assert (event["type"], event["message"]) == ("Warning", message)
    # What is asked for meanwhile is done as far as no pod is replaced for it.
    kube.change(name, {"api": {"replicas": 3, "rollout": {"kafkaPercent": 50}}})
    eventually(lambda: kube.get("apps/v1", "Deployment", f"{name}-api")["spec"]["replicas"] == 3)
    kube.patch("apps/v1", "Deployment", f"{name}-api", {"spec": {"replicas": 9}}, manager="somebody")
    eventually(lambda: kube.get("apps/v1", "Deployment", f"{name}-api")["spec"]["replicas"] == 3)
    kube.finish_job(name, "Failed")
    message = kube.await_condition(name, "DatabaseReady", "MigrationFailed")["message"]
    assert message.endswith("Secret rotated has changed: pods go on with what they have until the Job succeeds.")
    assert templates(kube, name) == before
    writes = place.server.writes(place.user, name)
    place.await_looks(name, 3)
    assert place.server.writes(place.user, name) == writes
    write(place, "rotated", "mended")
    await_job_after(kube, name, second)
    place.await_looks(name, 2)
    assert templates(kube, name) == before
    kube.finish_job(name)
    kube.await_condition(name, "APIReady", "RollingOut")
    assert all(new != old for new, old in zip(templates(kube, name), before, strict=True))
    finish_rollout(kube, name)


def test_a_secret_and_an_image_that_change_at_once_come_at_once(place: Tenant, kube: Kube, make: MakeResource) -> None:
    name = installed(place, kube, make, "both")
    before, first = templates(kube, name), kube.job(name)
    write(place, "both", "another")
    kube.change(name, {"api": {"image": "ingestor/api:2"}})
    kube.await_condition(name, "APIReady", "WaitsForMigration")
    await_job_after(kube, name, first)
    place.await_looks(name, 2)
    assert templates(kube, name) == before
    generation = kube.get("apps/v1", "Deployment", f"{name}-api")["metadata"]["generation"]
    kube.finish_job(name)
    kube.await_condition(name, "APIReady", "RollingOut")
    finish_rollout(kube, name)
    deployment = kube.get("apps/v1", "Deployment", f"{name}-api")
    assert deployment["metadata"]["generation"] == generation + 1
    assert deployment["spec"]["template"]["spec"]["containers"][0]["image"] == "ingestor/api:2"


def test_a_secret_that_changes_while_its_job_runs_gets_another_job(
    place: Tenant, kube: Kube, make: MakeResource
) -> None:
    name = installed(place, kube, make, "twice")
    before, first = templates(kube, name), kube.job(name)
    write(place, "twice", "second")
    second = await_job_after(kube, name, first)
    write(place, "twice", "third")
    await_job_after(kube, name, second)
    assert templates(kube, name) == before
    kube.finish_job(name)
    kube.await_condition(name, "APIReady", "RollingOut")
    finish_rollout(kube, name)
    assert templates(kube, name) != before


def test_a_deleted_secret_replaces_no_pod_and_one_created_again_waits(
    place: Tenant, kube: Kube, make: MakeResource
) -> None:
    name = installed(place, kube, make, "deleted")
    before = templates(kube, name)
    place.kubectl("delete", "secret", "deleted")
    kube.await_condition(name, "DatabaseReady", "SecretMissing")
    # As it may come to where the Secret goes only once the Job's pod has started.
    eventually(lambda: kube.finish_job(name))
    place.await_looks(name, 3)
    assert templates(kube, name) == before
    without = kube.job(name)
    write(place, "deleted", "right")
    await_job_after(kube, name, without)
    place.await_looks(name, 2)
    assert templates(kube, name) == before
    kube.finish_job(name)
    kube.await_condition(name, "APIReady", "RollingOut")
    finish_rollout(kube, name)


def test_a_rollout_stops_at_the_first_pod_that_does_not_become_ready(kube: Kube, make: MakeResource) -> None:
    name = make()
    # The last one to be made.
    eventually(lambda: kube.find("apps/v1", "Deployment", f"{name}-consumer"))
    for component in COMPONENTS:
        spec = kube.get("apps/v1", "Deployment", f"{name}-{component}")["spec"]
        # One new pod beside all old ones, of which none goes before the new one is ready.
        assert spec["strategy"] == {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
        assert "readinessProbe" in spec["template"]["spec"]["containers"][0]
