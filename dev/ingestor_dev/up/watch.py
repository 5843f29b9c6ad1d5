"""Watches the stack: a frame of the live view every second on a terminal, every five seconds elsewhere."""

import asyncio
import time
from collections.abc import Callable
from typing import NamedTuple

import aiohttp
import asyncpg
from rich.console import Console
from rich.live import Live

from ingestor_dev.up import view
from ingestor_dev.up.gauges import Reading, read
from ingestor_dev.up.stack import Stack

_TERMINAL_SECONDS = 1.0
_PLAIN_SECONDS = 5.0
_ANSWER_SECONDS = 5.0


class Fallen(RuntimeError):
    """A part of the stack ended by itself; the message says which, and where its log is."""


class Unanswered(RuntimeError):
    """A part of the stack does not answer now; the message says which. It may answer again."""


class _Sample(NamedTuple):
    reading: Reading
    stored: int
    at: float


class Watch:
    """Shows what the stack does on `console`; `traffic` says what the traffic is doing."""

    def __init__(self, stack: Stack, console: Console, traffic: Callable[[], str]) -> None:
        self._stack = stack
        self._console = console
        self._traffic = traffic

    async def show(self) -> None:
        """Frames for ever, and words where something does not answer. Raises Fallen where a service has ended."""
        pool = await asyncpg.create_pool(self._stack.dsn, min_size=0, max_size=1, command_timeout=10)
        async with pool, aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_ANSWER_SECONDS)) as session:
            if not self._console.is_terminal:
                await self._frames(session, pool, _PLAIN_SECONDS, self._print)
                return
            with Live(console=self._console, auto_refresh=False) as live:
                await self._frames(
                    session, pool, _TERMINAL_SECONDS, lambda frame: live.update(view.table(frame), refresh=True)
                )

    def _print(self, frame: view.Frame) -> None:
        self._console.print(view.plain(frame), highlight=False, soft_wrap=True, markup=False)

    async def _frames(
        self,
        session: aiohttp.ClientSession,
        pool: "asyncpg.Pool[asyncpg.Record]",
        every: float,
        show: Callable[[view.Frame], None],
    ) -> None:
        before: _Sample | None = None
        while True:
            try:
                now = _Sample(await self._reading(session), await _stored(pool), time.monotonic())
            except Unanswered as unanswered:
                self._console.print(str(unanswered), highlight=False, soft_wrap=True, markup=False)
            else:
                if before is not None:
                    seconds = now.at - before.at
                    show(view.Frame(before.reading, now.reading, seconds, now.stored, before.stored, self._traffic()))
                before = now
            await asyncio.sleep(every)

    async def _reading(self, session: aiohttp.ClientSession) -> Reading:
        fallen = self._stack.fallen()
        if fallen is not None:
            raise Fallen(f"{fallen.program} has ended by itself; its log is {fallen.log}")
        texts = []
        for service, port in zip(self._stack.services, self._stack.metrics_ports, strict=True):
            try:
                async with session.get(f"http://127.0.0.1:{port}/metrics") as reply:
                    texts.append(await reply.text())
            except (TimeoutError, aiohttp.ClientError):
                # One that has ended meanwhile is told by the next reading.
                raise Unanswered(f"{service.program} does not answer; its log is {service.log}") from None
        return read(texts)


async def _stored(pool: "asyncpg.Pool[asyncpg.Record]") -> int:
    try:
        return int(await pool.fetchval("SELECT coalesce(sum(events), 0) FROM sessions"))
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise Unanswered(f"Postgres does not answer: {str(error) or 'it takes too long'}") from None
