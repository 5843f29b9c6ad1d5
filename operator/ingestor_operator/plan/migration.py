"""Where the database's migration stands, and what waits for it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ingestor_operator.manifests.manifest import REQUEST_ANNOTATION, Manifest
from ingestor_operator.model.status import MigrationStatus

RETRY_AFTER = timedelta(seconds=60)
STALLED_AFTER = timedelta(minutes=10)


class Migration(StrEnum):
    """State of the migration Job."""

    PENDING = "Pending"
    COMPLETE = "Complete"
    FAILED = "Failed"


@dataclass(frozen=True)
class MigrationState:
    """State, when it was reached (for a Job that runs: when it was made), and Kubernetes' words for a failure."""

    state: Migration
    since: datetime | None = None
    message: str = ""


def known_state(job: Manifest | None, name: str, last: MigrationStatus | None) -> MigrationState:
    """State of the live Job of that name; one that is gone is as the status says that it ended.

    A Job may go by its time to live, or be deleted by whoever tidies up: a migration that was made is not made again.
    """
    if job is None and last and last.job == name:
        return MigrationState(Migration.COMPLETE, datetime.fromisoformat(last.completed_at))
    return migration_state(job)


def migration_state(job: Manifest | None) -> MigrationState:
    """State of a live Job; one that does not exist yet is pending."""
    for condition in (job or {}).get("status", {}).get("conditions") or []:
        if condition["status"] == "True" and condition["type"] in ("Complete", "Failed"):
            since = datetime.fromisoformat(condition["lastTransitionTime"])
            return MigrationState(Migration(condition["type"]), since, condition.get("message", ""))
    made = (job or {}).get("metadata", {}).get("creationTimestamp")
    return MigrationState(Migration.PENDING, datetime.fromisoformat(made) if made else None)


def stalled(migration: MigrationState, now: datetime) -> bool:
    """Whether the Job has run for so long that a person should look: a pod that cannot start ends no Job."""
    if migration.state is not Migration.PENDING or migration.since is None:
        return False
    return now - migration.since >= STALLED_AFTER


def may_retry(migration: MigrationState, now: datetime) -> bool:
    """Whether a failed Job is to be deleted, so that the next reconcile makes it anew."""
    failed = migration.state is Migration.FAILED and migration.since is not None
    return failed and now - (migration.since or now) >= RETRY_AFTER


def waits_for_migration(manifest: Manifest, live: Manifest | None, migration: MigrationState) -> bool:
    """Whether a Deployment's new image has to wait: it may need a schema that is not there yet.

    A Deployment that does not exist is created at once, for the services run without a database too.
    """
    if manifest["kind"] != "Deployment" or live is None or migration.state is Migration.COMPLETE:
        return False
    running = images(live)
    return any(running.get(name, image) != image for name, image in images(manifest).items())


def asks_anew(manifest: Manifest, live: Manifest) -> bool:
    """Whether something else is asked of the Deployment than when it was applied.

    False where only the operator is another one: what its release changes in a pod comes with the release's image,
    and the pods are replaced once. So too where an operator applied it that did not note what was asked.
    """
    noted = (live["metadata"].get("annotations") or {}).get(REQUEST_ANNOTATION)
    return noted is not None and noted != manifest["metadata"]["annotations"][REQUEST_ANNOTATION]


def images(deployment: Manifest) -> dict[str, str]:
    """The image of each container, by the container's name."""
    containers = deployment["spec"]["template"]["spec"]["containers"]
    return {container["name"]: container["image"] for container in containers}
