"""The store's upkeep, by whichever API process comes first: sessions to regrade, the months ahead, accounts that an
earlier release has made meanwhile."""

from datetime import UTC, datetime
from typing import Final

from ingestor_common.store import partitions, regrades, users
from ingestor_common.store.pool import Connection

AGAIN_SECONDS: Final = 5.0

_REGRADED_AT_A_TIME: Final = 20
_REGRADING_PAUSE_SECONDS: Final = 0.02
"""Between two transactions: whoever stores answers of these sessions comes in between."""
_MONTHS_AHEAD: Final = 1
_MONTHS_EVERY_SECONDS: Final = 3600.0
_ADDRESSES_EVERY_SECONDS: Final = 10.0


async def regrade(connection: Connection) -> float:
    """Regrade some of the sessions whose answer keys have changed, or publications came late (store/regrades.py)."""
    done = await regrades.work_off(connection, _REGRADED_AT_A_TIME, due_only=True)
    return _REGRADING_PAUSE_SECONDS if done else AGAIN_SECONDS


async def make_months(connection: Connection) -> float:
    """Make this month's partition and the next one's: else whoever stores the first event of a month waits for it."""
    await partitions.ensure(connection, partitions.months_ahead(datetime.now(UTC), _MONTHS_AHEAD))
    return _MONTHS_EVERY_SECONDS


async def fold_addresses(connection: Connection) -> float:
    """Fold the addresses of accounts that were made by a process of an earlier release, during a rollout."""
    await users.fold_addresses(connection)
    return _ADDRESSES_EVERY_SECONDS
