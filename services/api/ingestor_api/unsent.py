"""A bound on the answers that wait for clients to take them."""

import asyncio
from typing import Final

UNSENT_BYTES_AT_ONCE: Final = 64 * 1024 * 1024


class Unsent:
    """At most `limit` bytes wait to be sent, on all connections together, but for one answer that is larger alone.

    Where there are more, the connections that have waited longest are reset. To refuse the latest would let those who
    read nothing decide that nobody else gets anything.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._waiting: dict[asyncio.Transport, int] = {}
        self._bytes = 0

    def hold(self, transport: asyncio.Transport) -> None:
        """What the transport has not sent yet waits from now on."""
        self.release(transport)
        self._waiting[transport] = size = transport.get_write_buffer_size()
        self._bytes += size
        while self._bytes > self._limit and len(self._waiting) > 1:
            longest = next(iter(self._waiting))
            self.release(longest)
            longest.abort()

    def release(self, transport: asyncio.Transport) -> None:
        """It has been sent, or never will be."""
        self._bytes -= self._waiting.pop(transport, 0)
