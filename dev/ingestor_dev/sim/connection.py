"""One keep-alive HTTP/1.1 connection: what a request costs here, the API cannot be measured with.

A general client was measured first: aiohttp takes about 130 microseconds of CPU a request, this takes
about 20 (docs/simulator.md), and the simulator shares the machine's cores with what it drives.
"""

import asyncio
from typing import NamedTuple, cast

import httptools


class Reply(NamedTuple):
    """An answer; `retry_after` in seconds where the header was given in seconds."""

    status: int
    retry_after: float | None
    body: bytes


class Connection(asyncio.Protocol):
    """A connection for one request at a time; ConnectionError once it is closed."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[Reply] | None = None
        self._lost = False

    @property
    def usable(self) -> bool:
        """Whether another request may be sent."""
        return not self._lost and self._answer is None

    async def ask(self, request: bytes) -> Reply:
        """The reply to a whole request. Cancelled in between, the connection is of no more use."""
        if not self.usable or self._transport is None:
            raise ConnectionError("the connection is closed")
        self._parser = httptools.HttpResponseParser(self)
        self._retry_after: float | None = None
        self._body: list[bytes] = []
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        self._lost = True
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(ConnectionError(f"the connection was lost: {exc or 'closed by the API'}"))

    def data_received(self, data: bytes) -> None:
        if self._answer is None:
            self.close()
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(ConnectionError(f"the answer is not HTTP: {error}"))

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"retry-after" and value.isdigit():
            self._retry_after = float(value)

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        answer, self._answer = self._answer, None
        if not self._parser.should_keep_alive():
            self.close()
        if answer is not None and not answer.done():
            answer.set_result(Reply(self._parser.get_status_code(), self._retry_after, b"".join(self._body)))

    def _fail(self, error: ConnectionError) -> None:
        self.close()
        answer, self._answer = self._answer, None
        if answer is not None and not answer.done():
            answer.set_exception(error)
