"""A bound on the answers that wait for clients to take them, from when they are made."""

import asyncio
from typing import Final

from uvicorn._types import ASGISendEvent

from ingestor_api.room import Room

UNSENT_BYTES_AT_ONCE: Final = 64 * 1024 * 1024


class Unsent:
    """At most `limit` bytes wait to be sent, on all connections together, but for one answer that is larger alone.

    Where there are more, the connections that have waited longest are reset. To refuse the latest would let those who
    read nothing decide that nobody else gets anything.
    """

    def __init__(self, limit: int) -> None:
        self._room: Room[asyncio.Transport] = Room(limit, lambda longest: longest.abort(), spared=1)

    def hold(self, transport: asyncio.Transport, answer: int = 0) -> None:
        """What the transport has not sent yet waits, and so do the bytes of an answer that is made and not in it yet.

        Until `release`, whoever holds more keeps its place among those that wait.
        """
        self._room.hold(transport, transport.get_write_buffer_size() + answer, waits=True)

    def release(self, transport: asyncio.Transport) -> None:
        """It has been sent, or never will be."""
        self._room.release(transport)


def bytes_of(message: ASGISendEvent) -> int:
    """Of the answer that waits with this message: all of it with its start, where it says how much that is."""
    if message["type"] == "http.response.start":
        return next((int(value) for name, value in message.get("headers", []) if name == b"content-length"), 0)
    return len(message.get("body", b"")) if message["type"] == "http.response.body" else 0
