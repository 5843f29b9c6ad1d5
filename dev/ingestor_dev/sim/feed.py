"""Hands out the schedule's steps when they are due, singly or in batches."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from ingestor_dev.sim.events import Event
from ingestor_dev.sim.steps import Step

# Timers of an event loop come a millisecond or more late. Were that never made up for, a thousand events a second
# would come out as half of that.
_MADE_UP_SEC = 0.1


@dataclass(frozen=True)
class Pace:
    """How fast: simulated seconds a second (None: do not wait for the schedule's times), and the most
    events a second (None: no limit)."""

    speed: float | None
    rate: float | None


class Feed:
    """The steps for many senders: each `take` gives the next ones, until there are none or `stopping` is set."""

    def __init__(self, steps: Iterator[Step], pace: Pace, batch: int, stopping: asyncio.Event) -> None:
        self._steps = steps
        self._next = next(steps, None)
        self._pace = pace
        self._batch = batch
        self._stopping = stopping
        self._lock = asyncio.Lock()
        self._began: float | None = None
        self._free_from = 0.0

    async def take(self) -> list[Step]:
        """The next step once it is due, with those due by then up to the batch size; empty at the end.

        A catalog entry comes alone, and an event never twice in one batch.
        """
        async with self._lock:
            if self._next is None:
                return []
            await self._until(self._due(self._next))
            if self._stopping.is_set():
                return []
            steps = self._due_now()
            if self._pace.rate is not None:
                self._free_from = max(self._free_from, self._now() - _MADE_UP_SEC) + len(steps) / self._pace.rate
            return steps

    def _due_now(self) -> list[Step]:
        taken: list[Step] = []
        events: set[str] = set()
        now = self._now()
        while self._next is not None and len(taken) < self._batch:
            item = self._next.item
            if isinstance(item, Event):
                if item.event_id in events:
                    break
                events.add(item.event_id)
            elif taken:
                break
            if taken and self._due(self._next) > now:
                break
            taken.append(self._next)
            self._next = next(self._steps, None)
            if not isinstance(item, Event):
                break
        return taken

    def _due(self, step: Step) -> float:
        """When to send, in the loop's time."""
        if self._began is None:
            self._began = self._free_from = self._now()
        scheduled = 0.0 if self._pace.speed is None else self._began + step.at / self._pace.speed
        return max(scheduled, self._free_from)

    async def _until(self, due: float) -> None:
        delay = due - self._now()
        if delay > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(delay):
                    await self._stopping.wait()

    def _now(self) -> float:
        return asyncio.get_running_loop().time()
