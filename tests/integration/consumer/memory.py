"""The memory of a process, watched while something else goes on."""

import threading
from types import TracebackType

import psutil

_LOOK_SECONDS = 0.005


class PeakMemory:
    """From entry to exit: `bytes` is the most that was resident."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.bytes = 0

    def _watch(self) -> None:
        while not self._ended.wait(_LOOK_SECONDS):
            self.bytes = max(self.bytes, self._process.memory_info().rss)

    def __enter__(self) -> "PeakMemory":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()
