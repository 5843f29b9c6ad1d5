"""What a connection is handed at a time.

uvloop reads up to 256,000 bytes at once from a client that sends them, whether its request may be that long or not,
and whether anybody waits for it or not.
"""

import asyncio
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

READ_BYTES: Final = 16 * 1024


class SmallReads(asyncio.BufferedProtocol):
    """Hands what is read to `connection` in pieces of at most the size of `buffer`, which all connections share.

    Each has one at a turn of the loop: uvloop would read 32 of one connection before it looks at the next.
    """

    def __init__(self, connection: HttpToolsProtocol, buffer: memoryview) -> None:
        self._connection = connection
        self._buffer = buffer
        self._data_received = connection.data_received
        self.connection_made = connection.connection_made  # type: ignore[method-assign, assignment]  # as uvicorn's own
        self.connection_lost = connection.connection_lost  # type: ignore[method-assign]
        self.eof_received = connection.eof_received  # type: ignore[method-assign]
        self.pause_writing = connection.pause_writing  # type: ignore[method-assign]
        self.resume_writing = connection.resume_writing  # type: ignore[method-assign]

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        # The buffer is written over by the next read, of whichever connection.
        self._data_received(bytes(self._buffer[:nbytes]))
        if nbytes == len(self._buffer) and not self._connection.flow.read_paused:
            self._connection.transport.pause_reading()
            self._connection.loop.call_soon(self._read_on)

    def _read_on(self) -> None:
        if not self._connection.flow.read_paused and not self._connection.transport.is_closing():
            self._connection.transport.resume_reading()
