"""A connection that is interrupted at a statement of choice, in the ways in which that happens."""

import asyncio
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Any

import asyncpg


class Interruption(StrEnum):
    """The process or its connection ends before the statement, just after it, or the statement is cancelled."""

    KILL_BEFORE = "kill before"
    KILL_AFTER = "kill after"
    CANCEL = "cancel"


class Interrupted(Exception):
    """The statement of choice was reached."""


class InterruptibleConnection(asyncpg.Connection):
    """Counts its statements, BEGIN and COMMIT too. Raises Interrupted at statement `at`, the first of which is 1."""

    dsn = ""
    at = 0
    how = Interruption.KILL_BEFORE
    statements = 0

    async def execute(self, query: str, *args: Any, **options: Any) -> str:
        return str(await self._run(lambda: super(InterruptibleConnection, self).execute(query, *args, **options)))

    async def fetch(self, query: str, *args: Any, **options: Any) -> Any:
        return await self._run(lambda: super(InterruptibleConnection, self).fetch(query, *args, **options))

    async def fetchval(self, query: str, *args: Any, **options: Any) -> Any:
        return await self._run(lambda: super(InterruptibleConnection, self).fetchval(query, *args, **options))

    async def fetchrow(self, query: str, *args: Any, **options: Any) -> Any:
        return await self._run(lambda: super(InterruptibleConnection, self).fetchrow(query, *args, **options))

    async def _run(self, statement: Callable[[], Awaitable[Any]]) -> Any:
        self.statements += 1
        if self.statements != self.at:
            return await statement()
        if self.how is Interruption.CANCEL:
            await _cancel(statement)
        elif self.how is Interruption.KILL_AFTER:
            await statement()
        await kill(self.dsn, self.get_server_pid())
        raise Interrupted


async def _cancel(statement: Callable[[], Awaitable[Any]]) -> None:
    task = asyncio.ensure_future(statement())
    # So that it is under way.
    await asyncio.sleep(0.001)
    task.cancel()
    await asyncio.wait([task])


async def kill(dsn: str, pid: int) -> None:
    """End a server process, and wait until it is gone."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("SELECT pg_terminate_backend($1)", pid)
        async with asyncio.timeout(10):
            while True:
                if not await connection.fetchval("SELECT count(*) FROM pg_stat_activity WHERE pid = $1", pid):
                    break
                await asyncio.sleep(0.005)
    finally:
        await connection.close()


async def connect_interruptible(dsn: str, at: int, how: Interruption) -> InterruptibleConnection:
    """A connection that is interrupted at its statement `at`."""
    connection: InterruptibleConnection = await asyncpg.connect(dsn, connection_class=InterruptibleConnection)
    connection.dsn, connection.at, connection.how, connection.statements = dsn, at, how, 0
    return connection
