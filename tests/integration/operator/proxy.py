"""A TCP proxy whose connections can go dead without being closed, as when a load balancer forgets them."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from integration.operator.loop_thread import LoopThread


class Proxy:
    """Forwards to the API server; runs in a thread of its own."""

    def __init__(self, target: str) -> None:
        address = urlsplit(target)
        self._host, self._port = str(address.hostname), int(address.port or 443)
        self._epoch = 0
        self._cut = False
        self._loop = LoopThread()
        self.url = self._loop.run(self._listen())

    def freeze(self) -> None:
        """From now on nothing passes over the connections there are; new ones work."""
        self._epoch += 1

    def cut(self) -> None:
        """From now on nothing passes over any connection, also not over new ones."""
        self._cut = True
        self._epoch += 1

    def close(self) -> None:
        """Stop listening and forget all connections."""
        self._loop.run(self._shut())
        self._loop.close()

    async def _listen(self) -> str:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return f"https://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _shut(self) -> None:
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(self._host, self._port)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pump(reader, back, self._epoch))
                both.create_task(self._pump(there, writer, self._epoch))
        except* ConnectionError:
            pass
        finally:
            writer.close()
            back.close()

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, epoch: int) -> None:
        while data := await source.read(65536):
            if epoch == self._epoch and not self._cut:
                sink.write(data)
                await sink.drain()
        sink.close()


@contextmanager
def running_proxy(target: str) -> Iterator[Proxy]:
    """A proxy in front of the target."""
    proxy = Proxy(target)
    try:
        yield proxy
    finally:
        proxy.close()
