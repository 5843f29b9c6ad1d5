"""Where the database's migration stands, and what waits for it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ingestor_operator.manifests.holding import applied_template, noted_secrets, request_of
from ingestor_operator.manifests.manifest import Manifest
from ingestor_operator.model.status import MigrationStatus
from ingestor_operator.model.times import age, read_time

RETRY_AFTER = timedelta(seconds=60)
STALLED_AFTER = timedelta(minutes=10)


class Migration(StrEnum):
    """State of the migration Job."""

    PENDING = "Pending"
    COMPLETE = "Complete"
    FAILED = "Failed"


@dataclass(frozen=True)
class MigrationState:
    """State, when it was reached, and Kubernetes' words for a failure.

    For a Job that runs it is when it was started; for one that nobody has started, when it was made.
    """

    state: Migration
    since: datetime | None = None
    message: str = ""


def known_state(job: Manifest | None, name: str, last: MigrationStatus | None) -> MigrationState:
    """State of the live Job of that name; one that is gone is as the status says that it ended.

    A Job may go by its time to live, or be deleted by whoever tidies up: a migration that was made is not made again.
    """
    if job is None and last and last.job == name:
        return MigrationState(Migration.COMPLETE, read_time(last.completed_at))
    return migration_state(job)


def migration_state(job: Manifest | None) -> MigrationState:
    """State of a live Job; one that does not exist yet is pending."""
    for condition in (job or {}).get("status", {}).get("conditions") or []:
        if condition["status"] == "True" and condition["type"] in ("Complete", "Failed"):
            since = read_time(condition.get("lastTransitionTime"))
            return MigrationState(Migration(condition["type"]), since, condition.get("message", ""))
    # A Job that was suspended starts anew when it is let go.
    begun = (job or {}).get("status", {}).get("startTime") or (job or {}).get("metadata", {}).get("creationTimestamp")
    return MigrationState(Migration.PENDING, read_time(begun))


def stalled(migration: MigrationState, unready_since: datetime | None, now: datetime) -> bool:
    """Whether the Job has run for so long that a person should look: a pod that cannot start ends no Job.

    `unready_since` is when the operator, whose clock `now` is of, has said first that the database is not ready; None
    where it has not. A clock that is ahead of the cluster's makes a Job old that was only just made.
    """
    if migration.state is not Migration.PENDING or migration.since is None or unready_since is None:
        return False
    return min(age(migration.since, now), age(unready_since, now)) >= STALLED_AFTER


def may_retry(migration: MigrationState, now: datetime) -> bool:
    """Whether a failed Job is to be deleted, so that the next reconcile makes it anew."""
    if migration.state is not Migration.FAILED or migration.since is None:
        return False
    return age(migration.since, now) >= RETRY_AFTER


def waits_for_migration(manifest: Manifest, live: Manifest | None, migration: MigrationState) -> bool:
    """Whether the Deployment has to wait: a new image may need a schema that is not there yet, a new Secret be wrong.

    It waits too for a Secret that was deleted, without which no new pod would start. A Deployment that does not exist
    is created at once, for the services run without a database too.
    """
    if manifest["kind"] != "Deployment" or live is None:
        return False
    secrets = changed_secrets(manifest, live)
    if migration.state is Migration.COMPLETE:
        wanted = noted_secrets(manifest["spec"]["template"])
        return any(wanted.get(name) == "" for name in secrets)
    running = images(live)
    return bool(secrets) or any(running.get(name, image) != image for name, image in images(manifest).items())


def changed_secrets(manifest: Manifest, live: Manifest) -> list[str]:
    """Names of the Secrets that were written or deleted, or took others' place, since the pods were asked for."""
    applied = applied_template(live)
    if applied is None:
        return []
    wanted, known = noted_secrets(manifest["spec"]["template"]), noted_secrets(applied)
    return sorted(name for name in wanted.keys() | known.keys() if wanted.get(name) != known.get(name))


def asks_anew(manifest: Manifest, live: Manifest) -> bool:
    """Whether something else is asked of the Deployment than when it was applied.

    False where only the operator is another one: what its release changes in a pod comes with the release's image,
    and the pods are replaced once. So too where an operator applied it that did not note what was asked.
    """
    return request_of(live) not in (None, request_of(manifest))


def images(deployment: Manifest) -> dict[str, str]:
    """The image of each container that has one, by the container's name."""
    containers = deployment["spec"]["template"]["spec"]["containers"]
    return {container["name"]: container["image"] for container in containers if "image" in container}
