"""Months that are no longer to be kept go, with their events and nothing else."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from integration.admin.commands import admin

from ingestor_common.events import Event
from ingestor_common.store.dropping import begin_run
from ingestor_common.store.partitions import Month
from ingestor_common.store.pool import Pool, open_pool
from ingestor_common.store.retention import Expired
from ingestor_common.store.writer import Writer

THIS_MONTH = Month(datetime.now(UTC).year, datetime.now(UTC).month)


def started(moment: datetime, session_id: UUID | None = None) -> Event:
    return Event(
        event_id=f"start {moment:%Y%m}",
        event_type="SESSION_STARTED",
        timestamp=moment,
        session_id=session_id or uuid4(),
        quiz_id=uuid4(),
        classroom_id=uuid4(),
    )


@pytest.fixture
async def pool(migrated_database: str) -> AsyncIterator[Pool]:
    """A store with an event of each of the last four months, of this one, and of 2010."""
    pool = await open_pool(migrated_database, max_size=1, application_name="test", command_timeout=30)
    moments = [THIS_MONTH.earlier(months).start for months in range(5)] + [datetime(2010, 5, 1, tzinfo=UTC)]
    await Writer(pool).write([started(moment) for moment in moments])
    yield pool
    await pool.close()


async def months(pool: Pool) -> set[str]:
    rows = await pool.fetch("""SELECT DISTINCT to_char("timestamp", 'YYYY-MM') AS month FROM events""")
    return {row["month"] for row in rows}


def name(month: Month) -> str:
    return f"{month.year:04d}-{month.month:02d}"


async def test_older_months_go_and_the_others_stay(pool: Pool, migrated_database: str) -> None:
    environment = {"DATABASE_URL": migrated_database}
    everything = await months(pool)

    planned = admin(environment, "retention", "--keep-months", "2", "--dry-run")
    assert planned.returncode == 0, planned.stderr
    assert planned.stdout.endswith(f"3 months before {name(THIS_MONTH.earlier(2))} would be dropped\n")
    assert await months(pool) == everything

    done = admin(environment, "retention", "--keep-months", "2")
    assert done.returncode == 0, done.stderr
    assert "events_before_2015" in done.stdout
    assert THIS_MONTH.earlier(3).partition in done.stdout
    assert await months(pool) == {name(THIS_MONTH.earlier(kept)) for kept in range(3)}
    # What is summed up of their sessions stays.
    assert await pool.fetchval("SELECT count(*) FROM sessions") == 6
    assert admin(environment, "retention", "--keep-months", "2").stdout.startswith("0 months before ")


async def test_an_event_that_comes_afterwards_is_refused(pool: Pool, migrated_database: str) -> None:
    assert admin({"DATABASE_URL": migrated_database}, "retention", "--keep-months", "1").returncode == 0
    before = await months(pool)
    for moment in (THIS_MONTH.earlier(4).start, datetime(2010, 6, 1, tzinfo=UTC)):
        with pytest.raises(Expired) as expired:
            await Writer(pool).write([started(datetime.now(UTC)), started(moment)])
        assert expired.value.mark == THIS_MONTH.earlier(1).start
    assert await months(pool) == before


async def test_events_before_2015_go_only_if_they_are_older_than_the_cut(pool: Pool, migrated_database: str) -> None:
    environment = {"DATABASE_URL": migrated_database}
    cut = THIS_MONTH.earlier(200)
    moments = [cut.earlier(1).start, cut.start, datetime(2014, 12, 31, 23, 59, tzinfo=UTC)]
    await Writer(pool).write([started(moment) for moment in moments])
    planned = admin(environment, "retention", "--keep-months", "200", "--dry-run")
    assert "would be dropped\n1 months before " in planned.stdout
    done = admin(environment, "retention", "--keep-months", "200")
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(
        f"events before {name(cut)}-01 are not stored any more\n1 months before {name(cut)} dropped\n"
    )
    assert await months(pool) >= {name(cut), "2014-12", name(THIS_MONTH.earlier(4))}
    assert name(cut.earlier(1)) not in await months(pool)
    # Of the months that have events, the oldest kept is where the next run begins.
    assert admin(environment, "retention", "--keep-months", "200").stdout.startswith("0 months before ")


async def test_a_second_run_at_the_same_time_says_so(pool: Pool, migrated_database: str) -> None:
    async with pool.acquire() as connection:
        assert await begin_run(connection)
        second = admin({"DATABASE_URL": migrated_database}, "retention", "--keep-months", "1")
    assert second.returncode == 1
    assert "another run of retention is at work" in second.stderr
    assert name(THIS_MONTH.earlier(4)) in await months(pool)


def test_at_least_a_month_is_kept(migrated_database: str) -> None:
    assert admin({"DATABASE_URL": migrated_database}, "retention", "--keep-months", "0").returncode == 2
