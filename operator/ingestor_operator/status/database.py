"""The DatabaseReady condition."""

from ingestor_operator.model.secrets import database_secrets
from ingestor_operator.model.status import MigrationStatus
from ingestor_operator.observe.observation import Observation
from ingestor_operator.plan.changes import Changes
from ingestor_operator.plan.migration import RETRY_AFTER, STALLED_AFTER, Migration, stalled
from ingestor_operator.status.verdict import Verdict, timestamp


def database_verdict(observation: Observation, changes: Changes) -> Verdict:
    """Whether the schema is the one that the images need."""
    missing = observation.missing(database_secrets(observation.resource.spec))
    if missing:
        return Verdict("False", "SecretMissing", f"Secret {', '.join(missing)} does not exist; create it.")
    job = changes.migration_job
    match changes.migration.state:
        case Migration.COMPLETE:
            return Verdict("True", "Migrated", f"Job {job} has migrated the database.")
        case Migration.FAILED:
            return Verdict(
                "False",
                "MigrationFailed",
                f"Job {job} failed: {changes.migration.message.rstrip('.') or 'no reason given'}; see"
                f" `kubectl logs job/{job}`. It is tried again {RETRY_AFTER.seconds} seconds after a failure.",
            )
        case Migration.PENDING if stalled(changes.migration, observation.now):
            return Verdict(
                "False",
                "MigrationStalled",
                f"Job {job} has not finished within {STALLED_AFTER.seconds // 60} minutes; see"
                f" `kubectl describe job {job}` and the pods it made.",
            )
        case Migration.PENDING:
            return Verdict("False", "Migrating", f"Job {job} has not finished yet.")


def migration_status(observation: Observation, changes: Changes) -> MigrationStatus | None:
    """The last migration that completed."""
    since = changes.migration.since
    if changes.migration.state is not Migration.COMPLETE or since is None:
        return observation.resource.status.migration
    return MigrationStatus(job=changes.migration_job, completed_at=timestamp(since))
