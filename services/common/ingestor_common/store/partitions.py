"""The monthly partitions of `events`: made ahead, and on demand for any month that an event comes from."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final, NamedTuple

from ingestor_common.store.pool import Connection

# Earlier events share the partition `events_before_2015`.
_FIRST_YEAR: Final = 2015
_EARLY: Final = "events_before_2015"
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

    def earlier(self, months: int) -> "Month":
        """The month so many before."""
        year, month = divmod(self.year * 12 + self.month - 1 - months, 12)
        return Month(year, month + 1)


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


async def gone(connection: Connection, times: Iterable[datetime]) -> set[Month]:
    """The months of `times` that have no partition: it was dropped, and every event of the month with it."""
    there = await existing(connection)
    return {month for month in months_of(times) if month.partition not in there}


class Size(NamedTuple):
    """A partition, about how many events it holds, and its bytes with indexes."""

    partition: str
    events: int
    bytes: int


async def before(connection: Connection, month: Month) -> list[Size]:
    """The partitions of months before `month`, oldest first; `_EARLY` among them if it holds anything."""
    rows = await connection.fetch(
        "SELECT c.relname, greatest(c.reltuples, 0)::bigint AS events, pg_total_relation_size(c.oid) AS bytes"
        " FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'events'::regclass"
        " ORDER BY c.relname"
    )
    sizes = [Size(*row) for row in rows]
    early = [size for size in sizes if size.partition == _EARLY]
    old = [size for size in sizes if size.partition != _EARLY and size.partition < month.partition]
    filled = early if await connection.fetchval(f"SELECT EXISTS (SELECT FROM {_EARLY})") else []
    return [*filled, *old]


async def drop(connection: Connection, partition: str) -> None:
    """Remove a partition of `before` with its events, while others read and write; not inside a transaction.

    What the projections tell of its sessions stays.
    """
    if partition == _EARLY:
        # An event from then has no other place to go.
        await connection.execute(f"TRUNCATE {_EARLY}")
        return
    # Only the detaching waits for those who use the table, and it does not hold up the others.
    await connection.execute(f"ALTER TABLE events DETACH PARTITION {partition} CONCURRENTLY")
    await connection.execute(f"DROP TABLE {partition}")


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
