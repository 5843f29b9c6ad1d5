"""The DatabaseReady condition."""

from ingestor_operator.model.secrets import database_secrets
from ingestor_operator.model.status import MigrationStatus
from ingestor_operator.observe.answers import database_outage
from ingestor_operator.observe.observation import Observation
from ingestor_operator.observe.pods import Cause, one_line
from ingestor_operator.plan.changes import Changes
from ingestor_operator.plan.migration import RETRY_AFTER, STALLED_AFTER, Migration, stalled
from ingestor_operator.status.verdict import Verdict, timestamp


def database_verdict(observation: Observation, changes: Changes) -> Verdict:
    """Whether the schema is the one that the images need, and the services reach the database."""
    missing = observation.missing(database_secrets(observation.resource.spec))
    if missing:
        return Verdict("False", "SecretMissing", f"Secret {', '.join(missing)} does not exist; create it.")
    job = changes.migration_job
    words = migration_words(observation, job)
    because = f": {words}" if words else ""
    match changes.migration.state:
        case Migration.COMPLETE if outage := database_outage(observation.answers.values()):
            return Verdict(
                "False",
                "DatabaseUnreachable",
                f"No pod that was asked reaches the database: {outage}. Events that Kafka has taken wait there.",
            )
        case Migration.COMPLETE if others := _sharing(observation):
            return Verdict("True", "DatabaseShared", _shared(others))
        case Migration.COMPLETE:
            return Verdict("True", "Migrated", f"Job {job} has migrated the database.")
        case Migration.FAILED:
            return Verdict(
                "False",
                "MigrationFailed",
                f"Job {job} failed: {one_line(changes.migration.message) or 'no reason given'}{because}; see"
                f" `kubectl logs job/{job}`. It is tried again {RETRY_AFTER.seconds} seconds after a failure.",
            )
        case Migration.PENDING if stalled(changes.migration, observation.now):
            return Verdict(
                "False",
                "MigrationStalled",
                f"Job {job} has not finished within {STALLED_AFTER.seconds // 60} minutes{because}; see"
                f" `kubectl describe job {job}` and the pods it made.",
            )
        case Migration.PENDING if words:
            return Verdict("False", "MigrationPodFails", f"Job {job} has not finished{because}. It is tried again.")
        case Migration.PENDING:
            return Verdict("False", "Migrating", f"Job {job} has not finished yet.")


def migration_status(observation: Observation, changes: Changes) -> MigrationStatus | None:
    """The last migration that completed."""
    since = changes.migration.since
    if changes.migration.state is not Migration.COMPLETE or since is None:
        return observation.resource.status.migration
    return MigrationStatus(job=changes.migration_job, completed_at=timestamp(since))


def _sharing(observation: Observation) -> list[str]:
    """Who else is known to use the database: by the resources' URLs, or, wherever it runs, by its consumers' books."""
    resources = [f"IngestorDeployment {key}" for key in observation.same_database]
    return resources or sorted({answer.shared_with for answer in observation.answers.values() if answer.shared_with})


def _shared(others: list[str]) -> str:
    more = f" and {len(others) - 1} more" if len(others) > 1 else ""
    return (
        f"The database is that of {others[0]}{more} too: events, accounts and retention are of all in one. Where that"
        " is not meant, give each a database of its own."
    )


def migration_words(observation: Observation, job: str) -> str:
    """What keeps the Job from its end, in Kubernetes' words: of its worst pod, else of its events; "" for nothing."""
    uid = observation.objects.get(("Job", job), {}).get("metadata", {}).get("uid")
    found = [fault for fault in observation.faults("migration", uid) if fault.cause not in _UNTOLD]
    # Not how many there are: each try of a Job leaves one.
    return str(found[0]) if found else observation.warnings.get(uid or "", "")


_UNTOLD = (Cause.STARTING, Cause.NOT_READY)
"""A Job's pod that runs is never ready for long, and need not be."""
