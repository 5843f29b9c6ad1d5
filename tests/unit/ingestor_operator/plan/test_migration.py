"""Where the migration stands, and what waits for it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from ingestor_operator.model.status import MigrationStatus
from ingestor_operator.plan.migration import (
    RETRY_AFTER,
    STALLED_AFTER,
    Migration,
    MigrationState,
    images,
    known_state,
    may_retry,
    migration_state,
    stalled,
    waits_for_migration,
)

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def job(kind: str) -> dict[str, Any]:
    condition = {"type": kind, "status": "True", "lastTransitionTime": "2026-01-01T12:00:00Z", "message": "why"}
    return {"status": {"conditions": [condition]}}


def deployment(image: str) -> dict[str, Any]:
    containers = [{"name": "api", "image": image}]
    return {"kind": "Deployment", "metadata": {}, "spec": {"template": {"spec": {"containers": containers}}}}


def test_a_job_is_pending_until_it_says_otherwise() -> None:
    assert migration_state(None).state is Migration.PENDING
    assert migration_state({"status": {"active": 1}}).state is Migration.PENDING
    assert migration_state(job("Complete")).state is Migration.COMPLETE
    assert migration_state(job("Failed")) == MigrationState(Migration.FAILED, NOON, "why")


def test_a_job_that_is_gone_is_as_the_status_says() -> None:
    done = MigrationStatus(job="quiz-migrate-1", completed_at="2026-01-01T12:00:00Z")
    assert known_state(None, "quiz-migrate-1", done) == MigrationState(Migration.COMPLETE, NOON)
    assert known_state(None, "quiz-migrate-2", done).state is Migration.PENDING
    assert known_state(None, "quiz-migrate-1", None).state is Migration.PENDING
    assert known_state(job("Failed"), "quiz-migrate-1", done).state is Migration.FAILED


def test_a_failed_migration_is_tried_again_after_a_while() -> None:
    failed = migration_state(job("Failed"))
    assert not may_retry(failed, NOON + timedelta(seconds=1))
    assert may_retry(failed, NOON + RETRY_AFTER)
    assert not may_retry(migration_state(job("Complete")), NOON + RETRY_AFTER)


def test_a_job_that_runs_for_long_is_stalled() -> None:
    running = migration_state({"metadata": {"creationTimestamp": "2026-01-01T12:00:00Z"}})
    assert not stalled(running, NOON, NOON + STALLED_AFTER - timedelta(seconds=1))
    assert stalled(running, NOON, NOON + STALLED_AFTER)
    assert not stalled(migration_state(None), NOON, NOON + STALLED_AFTER)
    assert not stalled(migration_state(job("Failed")), NOON, NOON + 2 * STALLED_AFTER)
    # The operator's clock is ahead: it sees the Job for the first time.
    assert not stalled(running, None, NOON + STALLED_AFTER)


def test_a_container_that_another_writer_added_is_no_other_image() -> None:
    injected = deployment("a")
    injected["spec"]["template"]["spec"]["containers"].append({"name": "proxy", "image": "mesh"})
    assert not waits_for_migration(deployment("a"), injected, MigrationState(Migration.PENDING))
    assert images(injected) == {"api": "a", "proxy": "mesh"}


def test_only_another_image_of_an_existing_deployment_waits() -> None:
    pending, complete = MigrationState(Migration.PENDING), MigrationState(Migration.COMPLETE)
    assert waits_for_migration(deployment("b"), deployment("a"), pending)
    assert not waits_for_migration(deployment("b"), deployment("a"), complete)
    assert not waits_for_migration(deployment("a"), deployment("a"), pending)
    # The services run without a database, and so do not wait for one to be created.
    assert not waits_for_migration(deployment("a"), None, pending)
