"""Joining the group: only once the database has taken events from this consumer. See docs/adr/0066.

A consumer that can store nothing, since its password is wrong or the database is not migrated yet, would take
partitions from those that can.
"""

import asyncio
import random
from collections.abc import Callable
from itertools import count
from typing import Final

import structlog

from ingestor_common.store.errors import is_lock_timeout
from ingestor_common.store.writer import Writer
from ingestor_consumer import retry
from ingestor_consumer.holds import describe
from ingestor_consumer.trial import try_to_store

log = structlog.get_logger(__name__)


class Joining:
    """`run` it as a task: it calls `join` once, and ends. What comes of the database later is not its concern: a member
    keeps its partitions and waits."""

    def __init__(self, group: str, writer: Writer, join: Callable[[], None]) -> None:
        self._group: Final = group
        self._writer: Final = writer
        self._join: Final = join
        self._chance: Final = random.SystemRandom()
        self.database_fault: str | None = "it has not answered yet"
        """Why the database takes nothing; None once the group is being joined."""

    async def run(self) -> None:
        """Until joined or cancelled."""
        for attempt in count():
            fault = await self._try()
            if fault is None:
                self.database_fault = None
                self._join()
                return
            self._say(fault)
            await asyncio.sleep(retry.delay(attempt, self._chance))

    def describe(self) -> str | None:
        """A sentence that says why the group is not joined yet; None where it is being joined."""
        if self.database_fault is None:
            return None
        return f"the consumer group is joined once the database takes events: {self.database_fault}"

    async def _try(self) -> str | None:
        """Why the database takes nothing; None where it does."""
        try:
            await try_to_store(self._writer, self._group)
        except Exception as error:
            # A lock is held by who stores, and may have been stopped in the middle of it: then somebody has to go on.
            return None if is_lock_timeout(error) else describe(error)
        return None

    def _say(self, fault: str) -> None:
        if fault != self.database_fault:
            log.warning("not joining the group: the database takes no events", group=self._group, error=fault)
        self.database_fault = fault
