"""How far a connection reads ahead of its answers: no further than the first request that waits for its turn.

uvicorn makes a task of each request as soon as it has come, and they wait for each other: 16 KiB of requests without
headers become 3 MB of objects.

Of a body it reads 64 KiB before anybody asks for it, which many routes do late, and some never. So nothing more is read
here while there is some of it.
"""

from typing import Final

from ingestor_api.bounds import BoundedConnection
from ingestor_api.endings import Refusal

PIECE_BYTES: Final = 1024
"""What is parsed at once. It may hold many requests, but a usual one has no more."""


class HoldsBack(BoundedConnection):
    """uvicorn's connection, which leaves unparsed what comes behind a request that waits for another's answer.

    And it leaves to the kernel what comes of a body behind a piece that its route has not asked for.
    """

    _held: memoryview = memoryview(b"")
    _announced = 0
    """The length that the head at work announces for its body."""

    def data_received(self, data: bytes | memoryview) -> None:
        self._held = memoryview(bytes(self._held) + data) if self._held else memoryview(data)
        self._parse_held()

    def eof_received(self) -> bool:  # type: ignore[override]  # as asyncio has it
        self._has_ended = True
        return (bool(self._held) and self._owes_answer()) or super().eof_received()

    def on_headers_complete(self) -> None:
        # Once for each request, not for each piece of its body.
        self._announced = 0
        for name, value in self.headers:
            if name == b"content-length":
                self._announced = int(value)
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._parse_held()

    def _parse_held(self) -> None:
        while self._held and not self.pipeline and not self.transport.is_closing():
            size = max(PIECE_BYTES, self._left_of_body())
            piece, self._held = self._held[:size], self._held[size:]
            super().data_received(piece)
        if not self._held:
            # An empty view still has all that was read.
            self._held = memoryview(b"")
        if self._behind != len(self._held):
            self._behind = len(self._held)
            self._take_room()
        if self._held:
            self.flow.pause_reading()
        elif self._has_ended:
            super().eof_received()
        elif self._in_body and self.cycle.body:
            # Its route goes on with it when it asks for it.
            self.flow.pause_reading()

    def _end(self, refusal: Refusal | None = None) -> None:
        self._held, self._behind = memoryview(b""), 0
        super()._end(refusal)

    def _left_of_body(self) -> int:
        """How much is known to come of the body at work: it holds no other request."""
        return self._announced - self._received if self._in_body else 0
