"""The monthly partitions of `events`: made ahead, and on demand for any month that an event comes from."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, NamedTuple, Self

from ingestor_common.store import retention
from ingestor_common.store.pool import Connection

# Earlier events share the partition `events_before_2015`, later ones `events_from_2100`.
_FIRST_YEAR: Final = 2015
_LAST_YEAR: Final = 2099
EARLY_PARTITION: Final = "events_before_2015"
EARLY_END: Final = datetime(_FIRST_YEAR, 1, 1, tzinfo=UTC)

_PATTERN: Final = r"^events_(20(?:1[5-9]|[2-9]\d))_(0[1-9]|1[0-2])$"
"""As Python and Postgres both read it: of the years that have months of their own."""
_ADVISORY_LOCK: Final = 0x1A9E5708


class Month(NamedTuple):
    year: int
    month: int

    @classmethod
    def of_partition(cls, name: str) -> Self | None:
        """The month whose partition has this name."""
        found = re.match(_PATTERN, name)
        return cls(int(found[1]), int(found[2])) if found else None

    @property
    def partition(self) -> str:
        return f"events_{self.year:04d}_{self.month:02d}"

    @property
    def start(self) -> datetime:
        return datetime(self.year, self.month, 1, tzinfo=UTC)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return self.next.start

    @property
    def next(self) -> "Month":
        return Month(self.year + self.month // 12, self.month % 12 + 1)

    def earlier(self, months: int) -> "Month":
        """The month so many before."""
        year, month = divmod(self.year * 12 + self.month - 1 - months, 12)
        return Month(year, month + 1)


def months_of(times: Iterable[datetime]) -> set[Month]:
    """The months that need a partition of their own."""
    found = {(time.year, time.month) for time in times}
    return {Month(year, month) for year, month in found if _FIRST_YEAR <= year <= _LAST_YEAR}


def months_ahead(now: datetime, count: int) -> set[Month]:
    """This month and the `count` months after it."""
    months = [Month(now.year, now.month)]
    for _ in range(count):
        months.append(months[-1].next)
    return set(months)


class State(StrEnum):
    """How the table of a month belongs to `events`.

    PENDING is a DETACH ... CONCURRENTLY that was interrupted: the table cannot be read or written through `events`.
    DETACHED is a table of a month's name that belongs to nothing.
    """

    ATTACHED = "attached"
    PENDING = "pending detach"
    DETACHED = "detached"


_STATES: Final = f"""
    SELECT c.relname, CASE WHEN i.inhrelid IS NULL THEN '{State.DETACHED}'
                           WHEN i.inhdetachpending THEN '{State.PENDING}' ELSE '{State.ATTACHED}' END AS state
    FROM pg_class e JOIN pg_class c ON c.relnamespace = e.relnamespace AND c.relkind = 'r'
    LEFT JOIN pg_inherits i ON i.inhrelid = c.oid AND i.inhparent = e.oid
    WHERE e.oid = 'events'::regclass AND c.relname ~ '{_PATTERN}'
"""


async def states(connection: Connection) -> dict[Month, State]:
    """Every month that has a table, whether or not events can be stored in it."""
    months = {Month.of_partition(row["relname"]): State(row["state"]) for row in await connection.fetch(_STATES)}
    return {month: state for month, state in months.items() if month is not None}


async def existing(connection: Connection) -> set[str]:
    """The names of the months' partitions that events can be read from and stored in."""
    found = await states(connection)
    return {month.partition for month, state in found.items() if state is State.ATTACHED}


async def gone(connection: Connection, times: Iterable[datetime]) -> set[Month]:
    """The months of `times` whose events cannot be read: their partition was dropped, or is being dropped."""
    there = await existing(connection)
    return {month for month in months_of(times) if month.partition not in there}


async def ensure(connection: Connection, months: Iterable[Month]) -> None:
    """Make the partitions that are missing, but for months that retention has dropped; safe from many places at once,
    while others read and write.

    A month's table that was left detached is attached again with all its events. Raises asyncpg.LockNotAvailableError
    where some other change of `events` goes on for long.
    """
    async with connection.transaction():
        await retention.bound_lock_waits(connection)
        mark = await retention.hold(connection)
        # Two that make the same partition at once would both fail on Postgres' catalog without this.
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _ADVISORY_LOCK)
        there = await states(connection)
        for month in sorted(set(months)):
            if mark is None or month.end > mark:
                await _ensure(connection, month, there.get(month))


async def _ensure(connection: Connection, month: Month, state: State | None) -> None:
    if state is State.ATTACHED:
        return
    if state is State.PENDING:
        await connection.execute(f"ALTER TABLE events DETACH PARTITION {month.partition} FINALIZE")
    if state is None:
        # Made apart and then attached: CREATE TABLE ... PARTITION OF would lock readers and writers out of `events`.
        await connection.execute(f"CREATE TABLE {month.partition} (LIKE events INCLUDING ALL)")
    bounds = f"FROM ('{month.start.isoformat()}') TO ('{month.end.isoformat()}')"
    await connection.execute(f"ALTER TABLE events ATTACH PARTITION {month.partition} FOR VALUES {bounds}")
