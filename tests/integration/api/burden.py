"""What a process takes while it is abused, and what an honest client may be made to wait for."""

import asyncio
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import psutil
from integration.api.sending import Sender
from services import Api

MAX_RSS: Final = 250 * 1024 * 1024
MAX_P99_SECONDS: Final = 1.0
PAUSE_SECONDS: Final = 0.02


class Memory:
    """The most memory that a process has held, looked at again and again."""

    def __init__(self, api: Api) -> None:
        self._process = psutil.Process(api.pid)
        self.most = 0

    async def watch(self) -> None:
        while True:
            self.most = max(self.most, self._process.memory_info().rss)
            await asyncio.sleep(PAUSE_SECONDS)


def p99_of(seconds: list[float]) -> float:
    return sorted(seconds)[len(seconds) * 99 // 100]


class Work:
    """What processor time a process has had.

    What an honest request waits for while strangers are served is that. While others have the processors it waits too,
    and that is not the service's: without this, the test would decide by what else the machine does.
    """

    def __init__(self, api: Api) -> None:
        self._process = psutil.Process(api.pid)

    def seconds(self) -> float:
        times = self._process.cpu_times()
        return times.user + times.system


async def waits_of(honest: Sender, api: Api, abuse: asyncio.Task[Any]) -> list[float]:
    """What each event that is sent while the process is abused waits for, in seconds of its work."""
    work = Work(api)
    seconds: list[float] = []
    while not abuse.done():
        before = work.seconds()
        sent = await honest.send()
        seconds.append(min(sent.seconds, work.seconds() - before))
        await asyncio.sleep(PAUSE_SECONDS)
    return seconds


@contextmanager
def open_files(count: int) -> Iterator[None]:
    """Let this process, and those it starts, open so many files, which they may raise for themselves."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(before[1], count), before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
