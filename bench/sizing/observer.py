"""Looks at a running stack: what its parts have used, and how far the consumer is."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from bench.sizing.measured import Component, Stage
from bench.sizing.processes import usage
from bench.sizing.storage import Database, Progress

from ingestor_dev.embedded.kafka import EmbeddedKafka
from ingestor_dev.up.stack import Stack

_LOOK_SECONDS = 0.1


class Stuck(RuntimeError):
    """The consumer does not get on, or a service has ended; the message says which."""


@dataclass(frozen=True, slots=True)
class Look:
    """The stack at one moment, `at` in seconds of the monotonic clock."""

    at: float
    cpu_seconds: Mapping[Component, float]
    progress: Progress
    wal: tuple[int, int]


class Observer:
    """Takes looks, and keeps the most memory and connections that it saw."""

    def __init__(self, stack: Stack, database: Database) -> None:
        self._stack = stack
        self._database = database
        self.memory: Counter[Component] = Counter()
        self.connections: Counter[str] = Counter()

    async def look(self) -> Look:
        """The stack now."""
        progress, wal = await self._database.progress(), await self._database.wal()
        self.connections |= Counter(await self._database.connections())
        used = {component: usage(pid) for component, pid in self._pids().items()}
        self.memory |= Counter({component: each.memory_bytes for component, each in used.items()})
        cpu_seconds = {component: each.cpu_seconds for component, each in used.items()}
        return Look(time.monotonic(), cpu_seconds, progress, wal)

    async def fresh_look(self) -> Look:
        """The stack now, right after a checkpoint."""
        await self._database.checkpoint()
        return await self.look()

    async def consumed(self, records: int, within: float) -> Look:
        """The stack once the consumer is done with so many records. Raises Stuck after `within` seconds."""
        deadline = time.monotonic() + within
        while (await self._database.progress()).records < records:
            fallen = self._stack.fallen()
            if fallen is not None:
                raise Stuck(f"{fallen.program} has ended by itself; its log is {fallen.log}")
            if time.monotonic() > deadline:
                raise Stuck(f"the consumer was not done with {records:,} records within {within:.0f} s")
            await asyncio.sleep(_LOOK_SECONDS)
        return await self.look()

    @property
    def kafka(self) -> EmbeddedKafka:
        """The stack's Kafka, which it is started with."""
        kafka = self._stack.servers.kafka
        assert kafka is not None  # noqa: S101  see above
        return kafka

    def _pids(self) -> dict[Component, int]:
        pids = {Component.KAFKA: self.kafka.pid, Component.POSTGRES: self._stack.servers.postgres.pid}
        names = {"ingestor-api": Component.API, "ingestor-consumer": Component.CONSUMER}
        return pids | {names[service.program]: service.pid for service in self._stack.services if service.running}


def between(before: Look, after: Look) -> Stage:
    """What happened between two looks, in the parts that were there at both."""
    both = before.cpu_seconds.keys() & after.cpu_seconds.keys()
    return Stage(
        events=after.progress.events - before.progress.events,
        seconds=round(after.at - before.at, 2),
        cpu_seconds={part: round(after.cpu_seconds[part] - before.cpu_seconds[part], 3) for part in sorted(both)},
        wal_bytes=after.wal[0] - before.wal[0],
        wal_full_pages=after.wal[1] - before.wal[1],
    )
