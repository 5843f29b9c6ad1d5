"""The DatabaseReady condition."""

from datetime import datetime

from ingestor_common.counted_nouns import counted_noun
from ingestor_operator.model.secrets import migration_secrets
from ingestor_operator.model.status import MigrationStatus
from ingestor_operator.model.times import read_time
from ingestor_operator.observe.answers import Outage, database_outage
from ingestor_operator.observe.observation import Observation
from ingestor_operator.observe.pods import Cause, one_line
from ingestor_operator.plan.changes import Changes
from ingestor_operator.plan.migration import RETRY_AFTER, STALLED_AFTER, Migration, MigrationState, stalled
from ingestor_operator.plan.problem import OBJECT_TERMINATES, Problem
from ingestor_operator.status.events import MIGRATED
from ingestor_operator.status.halts import job_halt
from ingestor_operator.status.secrets import have_changed
from ingestor_operator.status.verdict import Verdict, timestamp

_UNREACHABLE = "DatabaseUnreachable"


def database_verdict(observation: Observation, changes: Changes) -> Verdict:
    """Whether the schema is the one that the images need, and the services reach the database."""
    missing = observation.missing(migration_secrets(observation.resource.spec))
    if missing:
        return Verdict("False", "SecretMissing", f"Secret {', '.join(missing)} does not exist; create it.")
    job = changes.migration_job
    if waits := changes.terminating_one("Job", job):
        return Verdict("False", OBJECT_TERMINATES, str(waits))
    words = migration_words(observation, job)
    because = f": {words}" if words else ""
    held = _held(changes)
    match changes.migration.state:
        case Migration.COMPLETE if outage := _outage(observation):
            return Verdict(
                "False",
                _UNREACHABLE,
                f"Of {counted_noun(outage.asked, 'pod')} asked, {outage.answered} answered, and none reaches the"
                f" database{_at(observation)}: {outage.words}."
                " Events that Kafka has taken wait there.",
            )
        case Migration.COMPLETE if others := _sharing(observation):
            return Verdict("True", "DatabaseShared", _shared(others))
        case Migration.COMPLETE:
            return Verdict("True", MIGRATED, f"The schema is that of Job {job}, which has completed.")
        case Migration.FAILED:
            return Verdict(
                "False",
                "MigrationFailed",
                f"Job {job} failed: {one_line(changes.migration.message) or 'no reason given'}{because}; see"
                f" `kubectl logs job/{job}`. It is tried again {RETRY_AFTER.seconds} seconds after a failure.{held}",
            )
        case Migration.PENDING if halt := _halt(observation, job):
            return Verdict("False", halt.reason, f"{halt.message}{held}")
        case Migration.PENDING if stalled(changes.migration, _unready_since(observation), observation.now):
            return Verdict(
                "False",
                "MigrationStalled",
                f"Job {job} has not finished{_for_so_long(changes.migration, observation.now)}{because}; see"
                f" `kubectl describe job {job}` and the pods it made.{held}",
            )
        case Migration.PENDING if words:
            return Verdict(
                "False", "MigrationPodFails", f"Job {job} has not finished{because}. It is tried again.{held}"
            )
        case Migration.PENDING:
            return Verdict("False", "Migrating", f"Job {job} has not finished yet.{held}")


def _outage(observation: Observation) -> Outage | None:
    last = observation.resource.status.condition("DatabaseReady")
    goes_on = last is not None and last.reason == _UNREACHABLE
    return database_outage(observation.pods, observation.answers, goes_on=goes_on)


def _unready_since(observation: Observation) -> datetime | None:
    last = observation.resource.status.condition("DatabaseReady")
    return read_time(last.last_transition_time) if last and last.status != "True" else None


def _halt(observation: Observation, job: str) -> Problem | None:
    live = observation.own("Job", job)
    return job_halt(live) if live else None


def migration_status(observation: Observation, changes: Changes) -> MigrationStatus | None:
    """The last migration that completed."""
    since = changes.migration.since
    if changes.migration.state is not Migration.COMPLETE or since is None:
        return observation.resource.status.migration
    return MigrationStatus(job=changes.migration_job, completed_at=timestamp(since))


def _for_so_long(migration: MigrationState, now: datetime) -> str:
    if migration.since and migration.since > now:
        return f", and says that it was made at {timestamp(migration.since)}, which is to come"
    return f" within {STALLED_AFTER.seconds // 60} minutes"


def _held(changes: Changes) -> str:
    """A sentence, with a space before it, of the Secrets that the Job tries before pods get them; "" for none."""
    if not changes.waiting_secrets:
        return ""
    return f" {have_changed(changes.waiting_secrets)}: pods go on with what they have until the Job succeeds."


def _at(observation: Observation) -> str:
    servers = observation.database_servers
    return f" at {', '.join(servers)}" if servers else ""


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


_UNTOLD = (Cause.HANGS, Cause.STARTING, Cause.NOT_READY)
"""A Job's pod that runs is never ready for long, and need not be; nor has one failed that waits for the database."""
