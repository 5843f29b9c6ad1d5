"""What an API process does on the side: again and again, and never in the way of a request."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from ingestor_api.connections import acquire
from ingestor_common.store.pool import Connection, Pool

log = structlog.get_logger(__name__)

Step = Callable[[Connection], Awaitable[float]]
"""Does some of the work, and gives the seconds until there may be more."""


class Background:
    """Takes a step with a connection of `pool`, waits for as long as it says, and goes on; after a failure for
    `again_seconds`."""

    def __init__(self, pool: Pool, step: Step, again_seconds: float) -> None:
        self._pool = pool
        self._step = step
        self._again_seconds = again_seconds
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End, in the middle of a step too: its transaction is rolled back."""
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _run(self) -> None:
        while True:
            pause = await self._once()
            await asyncio.sleep(pause)

    async def _once(self) -> float:
        try:
            async with acquire(self._pool) as connection:
                return await self._step(connection)
        except Exception as error:
            # Whatever it is (no database, no schema yet), the next try must still happen.
            log.debug("background step failed", step=getattr(self._step, "__name__", ""), error=repr(error))
            return self._again_seconds
