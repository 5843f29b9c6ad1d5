"""`ingestor-admin rebuild-projections` finds what differs from the events, says so, and repairs it."""

from collections.abc import AsyncIterator

import pytest
from integration.admin.commands import admin
from integration.reports.told import tell
from oracle.small_session import SESSION, SMALL_SESSION

from ingestor_common.store.pool import Pool, open_pool

BEFORE_IT = "00000000-0000-0000-0000-000000000001"
AFTER_IT = "ffffffff-ffff-4fff-8fff-ffffffffffff"


@pytest.fixture
async def store(migrated_database: str) -> AsyncIterator[Pool]:
    """The small session's events and catalog."""
    pool = await open_pool(migrated_database, max_size=1, application_name="test", command_timeout=30)
    await tell(pool, [SMALL_SESSION.catalog, SMALL_SESSION.events])
    yield pool
    await pool.close()


async def test_an_intact_store_has_no_differences(store: Pool, migrated_database: str) -> None:
    checked = admin({"DATABASE_URL": migrated_database}, "rebuild-projections", "--dry-run")
    assert checked.returncode == 0
    assert checked.stdout == "checked: 1 sessions, 0 differences in 0 sessions and 0 answer keys\n"


async def test_a_dry_run_says_what_differs_and_changes_nothing(store: Pool, migrated_database: str) -> None:
    await store.execute("UPDATE sessions SET events = 0")
    for _ in range(2):
        checked = admin({"DATABASE_URL": migrated_database}, "rebuild-projections", "--dry-run")
        assert checked.returncode == 1
        assert f"session {SESSION}: sessions.events: 0 -> " in checked.stdout


async def test_a_rebuild_repairs_what_differs(store: Pool, migrated_database: str) -> None:
    await store.execute("DELETE FROM session_students")
    await store.execute("UPDATE answer_keys SET answer = 'Z'")
    environment = {"DATABASE_URL": migrated_database}
    rebuilt = admin(environment, "rebuild-projections")
    assert rebuilt.returncode == 0, rebuilt.stderr
    assert "missing -> present" in rebuilt.stdout
    assert "answer_keys[question_id=" in rebuilt.stdout
    assert admin(environment, "rebuild-projections", "--dry-run").returncode == 0


@pytest.mark.parametrize(
    ("options", "sessions"),
    [
        (["--session", SESSION], 1),
        (["--after", BEFORE_IT], 1),
        (["--after", AFTER_IT], 0),
        (["--since", "2020-01-01T00:00:00Z"], 1),
        (["--since", "2100-01-01T00:00:00+02:00"], 0),
    ],
)
async def test_a_part_of_the_sessions_can_be_chosen(
    store: Pool, migrated_database: str, options: list[str], sessions: int
) -> None:
    checked = admin({"DATABASE_URL": migrated_database}, "rebuild-projections", "--dry-run", *options)
    assert checked.stdout.startswith(f"checked: {sessions} sessions")


async def test_a_time_without_offset_is_wrong_usage(migrated_database: str) -> None:
    refused = admin({"DATABASE_URL": migrated_database}, "rebuild-projections", "--since", "2026-03-01T10:00:00")
    assert refused.returncode == 2
    assert "2026-09-01T08:30:00Z" in refused.stderr
