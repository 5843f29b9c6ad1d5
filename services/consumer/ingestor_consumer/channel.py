"""The connection between the Kafka thread and the event loop: batches one way, orders and stored offsets the other."""

import asyncio
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Final

from ingestor_common.store.ledger import Source
from ingestor_consumer.batch import Batch

BATCHES_AHEAD: Final = 2
"""One being written and one waiting: more would only be lost memory, since Postgres sets the pace."""

_GLANCE_SECONDS: Final = 0.05


@dataclass(frozen=True, slots=True)
class Read:
    """The order to read a partition from an offset, under the epoch that it is held by."""

    source: Source
    partition: int
    epoch: int
    offset: int


@dataclass(frozen=True, slots=True)
class Drain:
    """Stands behind the batches delivered before it; `done` is set when it is reached."""

    done: threading.Event


class Channel:
    """One a process. Made in the event loop; each method says whose it is."""

    def __init__(self) -> None:
        self._loop: Final = asyncio.get_running_loop()
        self._inbox: Final[asyncio.Queue[Batch | Drain]] = asyncio.Queue()
        self._room: Final = threading.BoundedSemaphore(BATCHES_AHEAD)
        self._orders: Final[SimpleQueue[Read]] = SimpleQueue()
        self._stored_lock: Final = threading.Lock()
        self._stored: dict[int, int] = {}
        self.to_open: Final = asyncio.Event()
        """The loop's: set when partitions may have to be opened."""
        self.held_back = False
        """The Kafka thread writes it: whether fetching is paused until there is room."""
        self.store_trouble: str | None = None
        """The loop writes it, all read it: why nothing can be stored at present."""

    # The Kafka thread's side

    def wait_for_room(self, seconds: float) -> bool:
        """Whether one more batch may be read; if True, `deliver` it or `give_room_back`."""
        return self._room.acquire(timeout=seconds)

    def give_room_back(self) -> None:
        """Nothing came of the room that was waited for."""
        self._room.release()

    def deliver(self, batch: Batch) -> None:
        """Hand a batch over."""
        self._post(batch)

    def drain(self, seconds: float) -> bool:
        """Wait until all that was delivered is stored; False when it takes longer, or cannot be stored at present."""
        done = threading.Event()
        self._post(Drain(done))
        limit = time.monotonic() + seconds
        while not done.wait(_GLANCE_SECONDS):
            if self.store_trouble is not None or time.monotonic() > limit:
                return False
        return True

    def ask_to_open(self) -> None:
        """Partitions wait to be opened."""
        self._loop.call_soon_threadsafe(self.to_open.set)

    def orders(self) -> list[Read]:
        """The orders that have come since."""
        found = []
        while True:
            try:
                found.append(self._orders.get_nowait())
            except Empty:
                return found

    def take_stored(self) -> dict[int, int]:
        """The next offset of each partition that was stored since."""
        with self._stored_lock:
            stored, self._stored = self._stored, {}
            return stored

    # The event loop's side

    async def receive(self) -> Batch | Drain:
        """The next batch, or mark."""
        return await self._inbox.get()

    def settled(self) -> None:
        """A batch is done with, one way or another."""
        self._room.release()

    def order(self, read: Read) -> None:
        """Have a partition read."""
        self._orders.put(read)

    def stored(self, next_offsets: Mapping[int, int]) -> None:
        """Have these offsets committed to Kafka, for the tools that look there."""
        with self._stored_lock:
            self._stored |= next_offsets

    def _post(self, item: Batch | Drain) -> None:
        self._loop.call_soon_threadsafe(self._inbox.put_nowait, item)
