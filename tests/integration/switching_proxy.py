"""A TCP proxy that stands for a database's one address: it leads to one server, and later to another."""

import asyncio
import contextlib
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

_SECONDS = 10.0
_CHUNK_BYTES = 65536


class SwitchingProxy:
    """Forwards connections to the port `target`; runs in a thread of its own. `port` is where it listens."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._serving: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._server: asyncio.Server = self._run(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port: int = self._server.sockets[0].getsockname()[1]

    def lead_to(self, target: int) -> None:
        """Where connections from now on lead; those that are open stay with their server."""
        self._target = target

    def cut(self) -> None:
        """End all connections."""
        self._run(self._cut())

    def close(self) -> None:
        """Stop listening and end all connections."""
        self._run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_SECONDS)

    async def _cut(self) -> None:
        serving = list(self._serving)
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)

    async def _end(self) -> None:
        # No more are accepted, but the server is closed last: a closed one leaves open what it has just accepted.
        for listening in self._server.sockets:
            self._loop.remove_reader(listening.fileno())
        while len(asyncio.all_tasks()) > 1:
            # What has just been accepted has to begin, since it closes what it has at its own end.
            await asyncio.sleep(0)
            await self._cut()
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await self._forward(reader, writer)
        self._serving.discard(task)
        writer.close()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._target)
        ways = [asyncio.create_task(_copy(reader, back)), asyncio.create_task(_copy(there, writer))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            # First, since the task may be cancelled while it waits here.
            back.close()
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while data := await source.read(_CHUNK_BYTES):
        sink.write(data)
        await sink.drain()


@contextmanager
def switching_proxy(target: int) -> Iterator[SwitchingProxy]:
    """A proxy that leads to `target`; closed at the end."""
    proxy = SwitchingProxy(target)
    try:
        yield proxy
    finally:
        proxy.close()
