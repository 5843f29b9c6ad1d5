"""Events sent at a steady pace while a test does something else."""

import threading
import time
from collections.abc import Sequence
from types import TracebackType

from integration.consumer.world import World
from integration.waiting import wait_until

from ingestor_common.events import Event
from ingestor_common.records import key_of, value_of

_STEP_SECONDS = 0.05


class Load:
    """Sends from entry on; the exit waits until all is sent and acknowledged."""

    def __init__(self, world: World, events: Sequence[Event], per_second: int) -> None:
        self._world = world
        self._events = events
        self._step = max(1, round(per_second * _STEP_SECONDS))
        self._sent = 0
        self._acknowledged = False
        self._thread = threading.Thread(target=self._run, daemon=True)

    def wait_for(self, count: int) -> None:
        """Return once `count` events are sent."""
        wait_until(f"{count} events sent", lambda: self._sent >= count)

    def _run(self) -> None:
        sender = self._world.sender()
        for start in range(0, len(self._events), self._step):
            for event in self._events[start : start + self._step]:
                sender.put(self._world.topic, value_of(event), key_of(event))
            self._sent = min(start + self._step, len(self._events))
            # The pace of the load, not a wait for anything.
            time.sleep(_STEP_SECONDS)
        sender.flush()
        self._acknowledged = True

    def __enter__(self) -> "Load":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.join()
        assert self._acknowledged
