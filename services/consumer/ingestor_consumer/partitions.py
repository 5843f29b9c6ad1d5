"""The partitions at work: a task for each that the group assigns, until it is revoked."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import structlog

from ingestor_consumer.partition import Partition

log = structlog.get_logger(__name__)


class Partitions:
    """Made in the event loop. `assign`, `drain` and `revoke` are the Kafka thread's."""

    def __init__(self, make: Callable[[int], Partition]) -> None:
        self._make: Final = make
        self._loop: Final = asyncio.get_running_loop()
        self._running: dict[int, tuple[Partition, asyncio.Task[None]]] = {}

    def assign(self, partitions: Iterable[int]) -> None:
        """Read and store these."""
        self._loop.call_soon_threadsafe(self._start, tuple(partitions))

    def drain(self, partitions: Iterable[int], seconds: float) -> bool:
        """Have these store what they have begun, and read no more. False where that takes longer; they are cancelled
        then, in any case, by `revoke`."""
        ended: list[threading.Event] = []
        asked = threading.Event()
        self._loop.call_soon_threadsafe(self._stop, tuple(partitions), ended, asked)
        limit = time.monotonic() + seconds
        if not asked.wait(seconds):
            return False
        return all(event.wait(max(0.0, limit - time.monotonic())) for event in ended)

    def revoke(self, partitions: Iterable[int]) -> None:
        """These are not ours any more: whatever they are at, others may be at it."""
        self._loop.call_soon_threadsafe(self._cancel, tuple(partitions))

    def start_over(self, partitions: Iterable[int]) -> None:
        """The ledger of these is not where they left it. Called in the event loop."""
        for number in partitions:
            if number in self._running:
                self._running[number][0].start_over()

    async def close(self) -> None:
        """Cancel all, and return when they are gone."""
        tasks = [task for _, task in self._running.values()]
        self._cancel(tuple(self._running))
        if tasks:
            await asyncio.wait(tasks)

    # In the event loop.

    def _start(self, partitions: Sequence[int]) -> None:
        self._cancel(partitions)
        for number in partitions:
            partition = self._make(number)
            task = asyncio.create_task(partition.run(), name=f"partition {number}")
            task.add_done_callback(_report)
            self._running[number] = (partition, task)

    def _stop(self, partitions: Sequence[int], ended: list[threading.Event], asked: threading.Event) -> None:
        for number in partitions:
            if number in self._running:
                partition, task = self._running[number]
                event = threading.Event()
                task.add_done_callback(lambda _, event=event: event.set())  # type: ignore[misc]
                ended.append(event)
                partition.stop()
        asked.set()

    def _cancel(self, partitions: Sequence[int]) -> None:
        for number in partitions:
            if number in self._running:
                self._running.pop(number)[1].cancel()


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("a partition's task ended, which it never should", task=task.get_name(), error=repr(error))
