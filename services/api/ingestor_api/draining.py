"""Leaving without failing a request: a server that, told to stop, first sends its connections away.

HTTP/1.1 lets a server close an idle connection at any time, and a client that sends just then does not learn whether
its request was taken (RFC 9112, 9.3.1 and 9.6). So each connection is told `Connection: close` with its next response
while the server still serves, and only those that had nothing to ask for all that time are closed unasked.
See docs/adr/0030-drain-before-stopping.md.
"""

import select
import signal
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

import structlog
import uvicorn
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle
from uvicorn.server import ServerState

from ingestor_api.ahead import HoldsBack
from ingestor_api.reads import READ_BYTES, SmallReads

log = structlog.get_logger(__name__)


class _State(ServerState):
    """What the server's connections share, and whether they are to go."""

    draining = False

    def __init__(self) -> None:
        super().__init__()
        self.read_buffer = memoryview(bytearray(READ_BYTES))


class Connection(HoldsBack):
    """uvicorn's connection, which also can be sent away without losing a request that is on its way.

    Of pipelined requests it is the last one read whose response closes the connection.
    """

    server_state: _State
    _last: RequestResponseCycle | None = None

    def drain(self) -> None:
        """Close with the response to the request at work, if one is whose head can still say so."""
        if self.cycle is not None and not self.cycle.response_started:
            self._close_with(self.cycle)

    def on_headers_complete(self) -> None:
        before = self.cycle
        super().on_headers_complete()
        if self.server_state.draining and self.cycle is not before:
            self._close_with(self.cycle)

    def shutdown(self) -> None:
        """Close with the request at work, or now where nothing is asked.

        What has begun to arrive is a request too, even if it waits in the kernel until the loop turns.
        """
        # A client that pipelines without a pause would go on for ever.
        self._last = None
        waits = self._is_idle() and not self._is_answered_early()
        if not waits or not (self._head_has_begun() or self._is_readable()):
            super().shutdown()

    def _close_with(self, cycle: RequestResponseCycle) -> None:
        if self._last is not None and not self._last.response_started:
            self._last.keep_alive = True
        # A request that closes by its own will, as every one of HTTP/1.0, stays so.
        self._last = cycle if cycle.keep_alive else None
        cycle.keep_alive = False

    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _head_has_begun(self) -> bool:
        # The parser's first callback makes a scope, and the one at the end of the head a cycle of it.
        return self.scope is not None and (self.cycle is None or self.cycle.scope is not self.scope)

    def _is_readable(self) -> bool:
        if self.transport.is_closing():
            return False
        poll = select.poll()
        poll.register(self.transport.get_extra_info("socket").fileno(), select.POLLIN)
        return bool(poll.poll(0))


def connect(*, server_state: _State, **others: Any) -> SmallReads:
    """A connection, as uvicorn asks for one."""
    return SmallReads(Connection(server_state=server_state, **others), server_state.read_buffer)


class DrainingServer(uvicorn.Server):
    """Serves on for `seconds` after SIGTERM while it sends its connections away; then stops as uvicorn does.

    SIGINT, which a person sends, stops without a drain, and a second signal ends one. `on_drain` is called when the
    server begins to leave.
    """

    server_state: _State

    def __init__(self, config: uvicorn.Config, seconds: float, on_drain: Callable[[], None]) -> None:
        super().__init__(config)
        self.server_state = _State()
        self._seconds = seconds
        self._on_drain = on_drain
        self._drained = False
        self._until: float | None = None

    async def on_tick(self, counter: int) -> bool:
        """Whether to stop serving; uvicorn asks ten times a second."""
        if not await super().on_tick(counter):
            return False
        if self._until is None:
            self._until = time.monotonic() + self._seconds
            self._leave()
        self._drained = self._drained or time.monotonic() >= self._until
        return self._drained

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take a signal. One that ends a drain does no more; SIGINT after that does not wait for requests either."""
        ends_a_drain = self.should_exit and not self._drained
        self._drained = self._drained or self.should_exit or sig == signal.SIGINT
        if not ends_a_drain:
            super().handle_exit(sig, frame)

    def _leave(self) -> None:
        seconds = 0 if self._drained else self._seconds
        log.info("leaving", drain_seconds=seconds, connections=len(self.server_state.connections))
        self._on_drain()
        self.server_state.draining = True
        for connection in self.server_state.connections:
            assert isinstance(connection, Connection)  # noqa: S101  the configuration names no other
            connection.drain()
