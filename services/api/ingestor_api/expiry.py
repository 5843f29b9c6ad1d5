"""The retention mark as this process knows it, so that an expired event is refused at once, whatever way it would take.

Unknown until Postgres has answered for the first time, and some seconds old: the store checks again when it stores, so
an event that comes in between is refused by the direct path, and dead-lettered by the consumer.
"""

from datetime import datetime
from typing import Final

from ingestor_api.receipts import TooOld
from ingestor_common.events import Event
from ingestor_common.store import retention
from ingestor_common.store.pool import Connection

AGAIN_SECONDS: Final = 10.0


class Expiry:
    """Refuses events from before the mark. One instance a process."""

    def __init__(self) -> None:
        self._mark: datetime | None = None

    async def look(self, connection: Connection) -> float:
        """Read the mark; returns the seconds until it should be read again."""
        self._mark = await retention.current_mark(connection)
        return AGAIN_SECONDS

    def refusal(self, event: Event) -> TooOld | None:
        """What an event from before the mark is refused with; None for others."""
        mark = self._mark
        return TooOld(mark) if mark is not None and event.timestamp < mark else None
