"""How a connection ends on which nothing more is read: what was asked is answered first.

A request that has come whole is worked on, and its event may be stored: its sender gets its answer, whatever comes
behind it, be it nothing more, no HTTP, or a request that is refused. Only a read with nothing behind it ends with its
client, who looks the same gone as sending no more.

And whatever ends a connection over a client that still sends, the client reads its answer: closed at once, the kernel
would answer what comes with a reset, and take from the client what it has not read yet (RFC 9112, 9.6).
"""

import asyncio
from collections.abc import Callable
from typing import Final, NamedTuple, cast

import httptools
from uvicorn._types import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, Scope
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from ingestor_api.leaving import ends_with_client
from ingestor_api.metrics import count_refused
from ingestor_api.upgrades import UpgradesDeclined

UNREAD_BYTES: Final = 6 * 1024 * 1024
"""How much may come after the answer, be it the rest of its body: as much as the largest body that is taken."""
LINGER_SECONDS: Final = 20.0
"""How long that may take on a connection that ends: as long as a body."""

LET_GO_SECONDS: Final = 0.1
"""How long a request that is given up may take to end by itself."""


class Refusal(NamedTuple):
    """A response that no request came of."""

    status: int
    response: bytes


class AnswersFirst(UpgradesDeclined):
    """uvicorn's connection, which answers what was asked before it closes on a client that has ended or is refused."""

    _has_ended = False
    """Whether the client sends no more."""
    _is_ending = False
    """Whether nothing more is read."""
    _behind = 0
    """Bytes that came behind a request that waits for its turn, and are not parsed yet."""
    _refusal: Refusal | None = None
    """What is said behind the answers."""
    _at_work: RequestResponseCycle | None = None
    """The request whose answer is next; uvicorn's `cycle` is the last of those that came behind each other."""
    _work: "_Work | None" = None
    """What is done for it."""
    _lingering: asyncio.TimerHandle | None = None
    _discarded = 0
    """Bytes that came after the end."""

    def eof_received(self) -> bool:  # type: ignore[override]  # as asyncio has it
        """Returns whether the connection stays open, for answers that the client still reads."""
        self._has_ended = True
        self._end()
        return self._owes_answer()

    def connection_lost(self, exc: Exception | None) -> None:
        self._unset_keepalive_if_required()
        if self._lingering is not None:
            self._lingering.cancel()
        # uvicorn tells the last request only; this one would go on to answer into a connection that is gone.
        if self._at_work is not None:
            _let_go(self._at_work)
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._is_ending and not self._owes_answer():
            self._close()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._at_work, self._work = cycle, _Work(app)
        # It closes with the last byte of its answer, unless the connection is kept.
        cycle.transport = cast(asyncio.Transport, _Ending(self.transport, self._close_answered))
        super()._start_asgi_task(cycle, self._work)

    def _close_answered(self) -> None:
        """Close behind an answer, the rest of whose request may still come."""
        if self._is_answered_early():
            self._end()
        else:
            self.transport.close()

    def shutdown(self) -> None:
        """Close, as the server stops: with the answer that is owed, or now."""
        if self._is_answered_early():
            self._end()
        else:
            super().shutdown()

    def _is_answered_early(self) -> bool:
        """Whether the newest request is answered, and the rest of it still comes."""
        return self.cycle is not None and self.cycle.response_complete and self.cycle.more_body

    def _end(self, refusal: Refusal | None = None) -> None:
        """Read nothing more; close once the requests that have come whole are answered, and the refusal is said."""
        if self._is_ending:
            return
        self._is_ending, self._refusal = True, refusal
        if self.cycle is not None and self.cycle.more_body and not self.cycle.response_complete:
            self._give_up(self.cycle)
        # Of a head that has not ended the parser keeps all that has come.
        self.parser = httptools.HttpRequestParser(self)
        self.scope, self.headers, self.url = {}, [], b""  # type: ignore[typeddict-item]  # nobody reads them any more
        if not self._has_ended and not self.transport.is_closing():
            # Of a body whose route had not asked for more: unread, it would take the answer from its sender.
            self.flow.resume_reading()
        if not self._owes_answer():
            self._close()

    def _give_up(self, newest: RequestResponseCycle) -> None:
        """The rest of the newest request will not come: to the route that waits for it its client went away."""
        if self.pipeline and self.pipeline[0][0] is newest:
            self.pipeline.popleft()
        _let_go(newest)
        if newest is self._at_work and self._work is not None:
            # Who waits for the body has ended by then.
            self.loop.call_later(LET_GO_SECONDS, self._work.end)

    def _owes_answer(self) -> bool:
        """Whether a request that has come whole is not answered yet, and is to be."""
        cycle = self._at_work
        if cycle is None or cycle.more_body or cycle.disconnected or cycle.response_complete:
            return False
        # The answers to what came behind a read come behind its own.
        is_followed = bool(self.pipeline) or self._behind > 0
        return is_followed or not (self._has_ended and ends_with_client(cycle.scope))

    def _close(self) -> None:
        self._unset_keepalive_if_required()
        if self._lingering is not None or self.transport.is_closing():
            return
        if self._refusal is not None:
            self.transport.write(self._refusal.response)
            count_refused(self._refusal.status)
        if self._has_ended:
            self.transport.close()
        else:
            self.transport.write_eof()
            # A body that comes fast is kept waiting until its route reads it, which it will not.
            self.flow.resume_reading()
            self._lingering = self.loop.call_later(LINGER_SECONDS, self.transport.close)

    def _discard(self, data: bytes | memoryview) -> None:
        self._discarded += len(data)
        if self._discarded <= UNREAD_BYTES:
            return
        if self._owes_answer():
            self.flow.pause_reading()
        else:
            self.transport.close()


class _Work:
    """The application at work for one request, which can be ended: whoever waits for something else than the body, as
    for a connection to the database, would keep all that a request takes until then."""

    __slots__ = ("_app", "_is_ended", "_task")

    def __init__(self, app: ASGI3Application) -> None:
        self._app = app
        self._task: asyncio.Task[None] | None = None
        self._is_ended = False

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        if self._is_ended:
            return
        self._task = asyncio.current_task()
        try:
            await self._app(scope, receive, send)
        except asyncio.CancelledError:
            if not self._is_ended:
                raise
        finally:
            self._task = None

    def end(self) -> None:
        """Go on no further; nothing is said of it."""
        self._is_ended = True
        if self._task is not None:
            self._task.cancel()


class _Ending:
    """What a request's cycle writes to. It closes as its connection does, which knows what still comes."""

    __slots__ = ("close", "is_closing", "write")

    def __init__(self, transport: asyncio.Transport, close: Callable[[], None]) -> None:
        self.write = transport.write
        self.is_closing = transport.is_closing
        self.close = close


def _let_go(cycle: RequestResponseCycle) -> None:
    cycle.disconnected = True
    # Nobody will be given it, but whoever waits for something else holds the request until then.
    cycle.body = bytearray()
    # Nobody waits to be told to go on, and what is said behind the refusal would be an error.
    cycle.waiting_for_100_continue = False
    cycle.message_event.set()
