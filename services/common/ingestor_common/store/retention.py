"""The retention mark: events before it were dropped, and none of them is ever stored again.

An event stored again after its month was dropped would be counted twice by the projections, which keep the month's
figures; and a session computed afresh from what is left of it would lose them. So whoever stores events or computes
sessions afresh holds the mark (`hold`) until the commit, and `raise_mark` waits for all who do: once a higher mark is
committed, every transaction that runs has seen it. See docs/adr/0045-retention-mark.md.
"""

from datetime import UTC, datetime
from typing import Final

from ingestor_common.store.pool import Connection

LOCK_SECONDS: Final = 1.5
"""How long a lock is waited for that others might queue behind."""

_ADVISORY_LOCK: Final = 0x1A9E5709
HOLD: Final = f"SELECT pg_advisory_xact_lock_shared({_ADVISORY_LOCK})"
"""Keeps the mark as it is until the caller's transaction ends; to be taken before any other lock."""
_BOUND_LOCK_WAITS: Final = """
    SELECT set_config('lock_timeout', $1::int::text, true) FROM pg_settings
    WHERE name = 'lock_timeout' AND setting::int NOT BETWEEN 1 AND $1
"""
_MARK: Final = "SELECT mark FROM retention"
_RAISE: Final = """
    INSERT INTO retention AS r (mark) VALUES ($1)
    ON CONFLICT (one_row) DO UPDATE SET mark = excluded.mark, marked_at = now() WHERE r.mark < excluded.mark
"""


class Expired(Exception):
    """Some event is older than `mark` (aware, UTC): it belongs to what retention has dropped, and is not stored."""

    def __init__(self, mark: datetime) -> None:
        super().__init__(explain(mark))
        self.mark = mark


def explain(mark: datetime) -> str:
    """What the sender of an expired event is told."""
    return (
        f"timestamp is older than what retention has dropped (before {mark.astimezone(UTC):%Y-%m-%d});"
        " such an event is not stored any more"
    )


def is_expired(timestamp: datetime, mark: datetime | None) -> bool:
    """Whether an event of this time belongs to what was dropped; `mark` is None where nothing was."""
    return mark is not None and timestamp < mark


async def current_mark(connection: Connection) -> datetime | None:
    """The mark as it is now; None while nothing was ever dropped."""
    mark: datetime | None = await connection.fetchval(_MARK)
    return mark


async def hold(connection: Connection) -> datetime | None:
    """The mark, which stays as it is until the caller's transaction ends. To be taken before any other lock."""
    # Two statements: one that waited for the lock would still look at what was committed before it began.
    await connection.execute(HOLD)
    return await current_mark(connection)


async def raise_mark(connection: Connection, mark: datetime) -> None:
    """Have every event before `mark` count as dropped from now on; never lowers it.

    When this returns, no transaction is left that holds a lower mark. Raises asyncpg.LockNotAvailableError where one
    goes on for longer than LOCK_SECONDS; those who come to store meanwhile wait as long.
    """
    now = await current_mark(connection)
    if now is not None and now >= mark:
        return
    async with connection.transaction():
        await bound_lock_waits(connection)
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _ADVISORY_LOCK)
        await connection.execute(_RAISE, mark)


async def bound_lock_waits(connection: Connection) -> None:
    """Wait for no lock longer than LOCK_SECONDS until the caller's transaction ends; a shorter bound stays."""
    await connection.execute(_BOUND_LOCK_WAITS, int(LOCK_SECONDS * 1000))
