"""Senders, readers and a teacher who changes answer keys, all at work while something else is done to the store."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import count, cycle

from integration.store.old_months import QUESTION, QUIZ, answer

from ingestor_common.events import Event
from ingestor_common.store.catalog import put_question
from ingestor_common.store.partitions import Month
from ingestor_common.store.pool import Pool
from ingestor_common.store.retention import Expired
from ingestor_common.store.writer import Writer


class Traffic:
    """`accepted` are the events that were taken, one or more times."""

    def __init__(self, pool: Pool, months: Sequence[Month]) -> None:
        self._pool = pool
        self._months = months
        self._ended = asyncio.Event()
        self.accepted: list[Event] = []

    async def send(self) -> None:
        """Store answers of every month in turn, the same ones again and again among them."""
        writer = Writer(self._pool)
        for number, (session, month) in zip(count(), cycle(enumerate(self._months)), strict=False):
            if self._ended.is_set():
                return
            event = answer(session, number % 40, month.start + timedelta(minutes=number % 40))
            try:
                await writer.write([event])
                self.accepted.append(event)
            except Expired as expired:
                if event.timestamp >= expired.mark:
                    raise
            await asyncio.sleep(0)

    async def change_keys(self) -> None:
        """Regrade what is stored, over and over."""
        for key in cycle("AB"):
            if self._ended.is_set():
                return
            async with self._pool.acquire() as connection:
                await put_question(connection, QUESTION, QUIZ, None, key)

    async def read(self) -> None:
        """Count the events, over and over; nothing may fail."""
        while not self._ended.is_set():
            await self._pool.fetchval("SELECT count(*) FROM events")

    def end(self) -> None:
        """Let everybody finish what they are at."""
        self._ended.set()


@asynccontextmanager
async def traffic(pool: Pool, months: Sequence[Month]) -> AsyncIterator[Traffic]:
    """Traffic for as long as the block takes; what failed in it is raised at the end."""
    running = Traffic(pool, months)
    async with asyncio.TaskGroup() as group:
        for task in (running.send(), running.change_keys(), running.read()):
            group.create_task(task)
        try:
            yield running
        finally:
            running.end()
