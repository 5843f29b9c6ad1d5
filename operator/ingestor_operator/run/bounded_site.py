"""Listening for probes and scrapes, with bounds on what strangers take: no token is asked for here."""

import asyncio
import socket
from contextlib import suppress
from typing import Final

from aiohttp import web

from ingestor_common.listening import EVERY_INTERFACE, listen
from ingestor_common.probes import BACKLOG, CONNECTIONS, PLACE_SECONDS, REQUEST_SECONDS

_ACCEPT_RETRY: Final = 0.1
"""Seconds after which a connection is accepted again, where the process had no file for it."""


class BoundedSite(web.BaseSite):
    """Closes a connection after REQUEST_SECONDS and, where there are CONNECTIONS, the one that has been open longest.

    A probe asks at once when it has connected, so that those who connect and wait make place for it. Connections are
    accepted one after the other, and no faster than one in PLACE_SECONDS where there is no place: a connection has at
    least CONNECTIONS times that until others push it out, however many come. asyncio's own server accepts all that wait
    before it reads from any, and a crowd would push out a probe that has not been read.
    """

    def __init__(self, runner: web.AppRunner, port: int) -> None:
        super().__init__(runner)
        self._port = port

    @property
    def name(self) -> str:
        return f"http://*:{self._port}"

    async def start(self) -> None:
        await super().start()
        self._listener = listen(EVERY_INTERFACE, self._port, BACKLOG)
        self._listener.setblocking(False)
        self._accepting = asyncio.create_task(self._accept())

    async def stop(self) -> None:
        self._accepting.cancel()
        with suppress(asyncio.CancelledError):
            await self._accepting
        self._listener.close()
        await super().stop()

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, _ = await loop.sock_accept(self._listener)
                await self._serve(connection)
            except OSError:
                await asyncio.sleep(_ACCEPT_RETRY)

    async def _serve(self, connection: socket.socket) -> None:
        loop, server = asyncio.get_running_loop(), self._runner.server
        assert server is not None  # noqa: S101  it was set up
        try:
            await _make_room(server)
            _, handler = await loop.connect_accepted_socket(server, connection)
        except (OSError, asyncio.CancelledError):
            connection.close()
            raise
        loop.call_later(REQUEST_SECONDS, _end, handler)


async def _make_room(server: web.Server) -> None:
    if len(server.connections) >= CONNECTIONS:
        await asyncio.sleep(PLACE_SECONDS)
        for handler in server.connections[: 1 - CONNECTIONS]:
            _end(handler)


def _end(handler: web.RequestHandler) -> None:
    """Close the connection without waiting until its client has taken what is sent to it."""
    if isinstance(handler.transport, asyncio.Transport):
        handler.transport.abort()
