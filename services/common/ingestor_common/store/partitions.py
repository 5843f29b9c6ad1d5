"""The monthly partitions of `events`: made ahead, and on demand for any month that an event comes from."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final, NamedTuple

from ingestor_common.store.pool import Connection

# Earlier events share the partition `events_before_2015`.
_FIRST_YEAR: Final = 2015
_ADVISORY_LOCK: Final = 0x1A9E5708


class Month(NamedTuple):
    year: int
    month: int

    @property
    def partition(self) -> str:
        return f"events_{self.year:04d}_{self.month:02d}"

    @property
    def start(self) -> datetime:
        return datetime(self.year, self.month, 1, tzinfo=UTC)

    @property
    def next(self) -> "Month":
        return Month(self.year + self.month // 12, self.month % 12 + 1)


def months_of(times: Iterable[datetime]) -> set[Month]:
    """The months that need a partition of their own."""
    return {Month(year, month) for year, month in {(time.year, time.month) for time in times} if year >= _FIRST_YEAR}


def months_ahead(now: datetime, count: int) -> set[Month]:
    """This month and the `count` months after it."""
    months = [Month(now.year, now.month)]
    for _ in range(count):
        months.append(months[-1].next)
    return set(months)


async def existing(connection: Connection) -> set[str]:
    """The names of the partitions that are there."""
    rows = await connection.fetch(
        "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
        " WHERE i.inhparent = 'events'::regclass"
    )
    return {row["relname"] for row in rows}


async def ensure(connection: Connection, months: Iterable[Month]) -> None:
    """Make the partitions that are missing; safe from many places at once, while others read and write."""
    missing = sorted(set(months))
    async with connection.transaction():
        # Two that make the same partition at once would both fail on Postgres' catalog without this.
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _ADVISORY_LOCK)
        there = await existing(connection)
        for month in missing:
            if month.partition not in there:
                await connection.execute(_create(month))


def _create(month: Month) -> str:
    # Made apart and then attached: CREATE TABLE ... PARTITION OF would lock readers and writers out of `events`.
    bounds = f"FROM ('{month.start.isoformat()}') TO ('{month.next.start.isoformat()}')"
    return (
        f"CREATE TABLE {month.partition} (LIKE events INCLUDING ALL);"
        f"ALTER TABLE events ATTACH PARTITION {month.partition} FOR VALUES {bounds}"
    )
