"""Bounds on what a request may take before it is one: bytes of its head, and time until its head and body are there.

uvicorn reads a head of any length, for any time: its parser keeps what it has been given until the head ends. It waits
for a body for any time too, and so does the route, with its place among those admitted. The fields behind a body in
chunks it adds to the head's. How large a body may be is the route's to say.
"""

import asyncio
import socket
from collections.abc import Awaitable, Mapping
from functools import partial
from typing import Final, cast

from uvicorn._types import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, ASGISendEvent, Scope
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from ingestor_api.admission import REFUSE
from ingestor_api.endings import UNREAD_BYTES, AnswersFirst, Refusal
from ingestor_api.errors import RETRY_AFTER
from ingestor_api.framing import MAX_GAP_BYTES, Framing
from ingestor_api.heads import fault_of
from ingestor_api.refusal import fields_of, refusal
from ingestor_api.room import Room
from ingestor_api.unsent import UNSENT_BYTES_AT_ONCE, Unsent, bytes_of
from ingestor_common.listening import plain_address

MAX_HEAD_BYTES: Final = 32 * 1024
MAX_HEADERS: Final = 100
"""Of one head: each takes some 200 bytes of memory beside its own, which would be 30 times those of a tiny one."""
MAX_URL_BYTES: Final = 8 * 1024
"""A query's fields take as much as headers, once they are read."""
MAX_CONNECTIONS: Final = 4096
"""Each takes some 10 KiB, also where nothing is asked on it."""
REQUEST_BYTES_AT_ONCE: Final = 64 * 1024 * 1024
"""Of requests that have begun and are not answered, on all connections together: nearly a small one on each of them.
It is the only bound on bodies that no route has read, and on what has come behind a request at work."""
REQUEST_BYTES: Final = 16 * 1024
"""Counted for a request beside its head: its scope, its task, what its route makes of it."""
HEADER_BYTES: Final = 256
"""Counted for a header beside its own bytes."""
HEAD_SECONDS: Final = 20.0
BODY_SECONDS: Final = 20.0
SEND_SECONDS: Final = 20.0
"""How long a client may take nothing of what it is sent. Without it, answers that nobody reads would stay for good."""

_unsent: Final = Unsent(UNSENT_BYTES_AT_ONCE)


class BoundedConnection(AnswersFirst):
    """uvicorn's connection, which answers 431 to a head that is too large, 408 to a head or body that does not end.

    One on which nothing comes at all is closed like one that is kept alive for nothing.
    """

    _in_head = False
    _in_body = False
    _piece = 0
    """Bytes of the piece at work."""
    _first = 0
    """Bytes of the piece in which the head began, which may hold much else before it."""
    _later = 0
    """Bytes of the pieces after that one: all of them are the head's."""
    _timer: asyncio.TimerHandle | None = None
    """Until when the head, or the body, has to be there; a request that comes in one piece needs none."""
    _held_up = False
    """Whether it was us who did not read when the time was last over: there is all of it once more."""
    _size = 0
    """What the newest request takes with its head, without what has come of its body since."""
    _is_rest = False
    """Whether the piece at work began in a body: of a piece that has a head in it all counts with the head."""
    _content = 0
    """Bytes of the body in the piece at work."""
    _received = 0
    """Bytes of the body at work that have come."""
    _unread = 0
    """Bytes of the body that came after its answer."""
    _blank = 0
    """Bytes that came between requests."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        super().connection_made(transport)
        if self.client:
            # Proxies are named by their IPv4 addresses.
            self.client = (plain_address(self.client[0]), self.client[1])
        self._framing = Framing()
        self._sizes: list[int] = []
        # A client whose host is gone closes nothing.
        _bound_silence(transport.get_extra_info("socket"))
        self._await_request()
        self._take_room()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        _unsent.release(self.transport)
        _connections.release(self)
        _requests.release(self)
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        _unsent.hold(self.transport)

    def resume_writing(self) -> None:
        super().resume_writing()
        _unsent.release(self.transport)

    def data_received(self, data: bytes | memoryview) -> None:
        if self._is_ending:
            self._discard(data)
            return
        self._piece = len(data)
        self._content = 0
        if self._in_head:
            self._later += len(data)
        was_in_head, was_in_body = self._in_head, self._in_body
        self._is_rest = was_in_body
        super().data_received(data)
        if was_in_body and self._in_body:
            self._count_framing()
        self._await_what_follows()
        # Not for a request that came in one piece.
        if self._in_head or was_in_head or self._in_body != was_in_body or self._is_ending:
            self._take_room()
        elif was_in_body:
            self._hold_requests(waits=not self._owes_answer())

    def on_message_begin(self) -> None:
        if self._is_ending:
            return
        self._unset_keepalive_if_required()
        _connections.hold(self, 1, waits=False)
        super().on_message_begin()
        self._blank = 0
        self._in_head, self._held_up = True, False
        self._first, self._later = self._piece, 0

    def on_header(self, name: bytes, value: bytes) -> None:
        # Fields behind the body are no part of the head: what they say is not asked for, and comes too late.
        if self._in_body or self._is_ending:
            return
        super().on_header(name, value)
        if len(self.headers) > MAX_HEADERS:
            self._refuse(431, f"the request's head has more than {MAX_HEADERS} headers; send fewer")

    def on_headers_complete(self) -> None:
        if self._is_ending:
            return
        self._stop_timer()
        self._unset_keepalive_if_required()
        size = self._size_of_request()
        # Added up only where it can be too large at all.
        if self._first + self._later > MAX_HEAD_BYTES and self._length() > MAX_HEAD_BYTES:
            self._refuse_large()
        elif len(self.url) > MAX_URL_BYTES:
            self._refuse(414, f"the request's URL is longer than {MAX_URL_BYTES} bytes; send a shorter one")
        elif (fault := fault_of(self.parser.get_method(), self.headers)) is not None:
            self._refuse(fault.status, fault.error)
        elif not self._has_room_for(size):
            self.make_room()
        else:
            self._in_head = False
            before = self.cycle
            super().on_headers_complete()
            if self.cycle is not before:
                self._sizes.append(size)
                self._size = size
            self._in_body = True
            self._framing = Framing()
            self._received = self._unread = 0

    def on_body(self, body: bytes) -> None:
        if self._is_ending:
            return
        self._content += len(body)
        self._received += len(body)
        if self.cycle.response_complete:
            self._unread += len(body)
            if self._unread > UNREAD_BYTES:
                self._refuse_rest()
        elif self._has_room_for_rest(len(body)):
            super().on_body(body)
        else:
            self.make_room()

    def on_message_complete(self) -> None:
        if self._is_ending:
            return
        self._in_body = False
        self._stop_timer()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._sizes.pop(0)
        self._take_room()
        if self.cycle.response_complete:
            self._release_request()
        if self._in_head or self._in_body:
            self._await_rest()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        async def counted(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
            def send_counted(message: ASGISendEvent) -> Awaitable[None]:
                # It waits until the client has taken what came before, and the whole answer with it.
                if self.flow.write_paused:
                    _unsent.hold(self.transport, bytes_of(message))
                return send(message)

            fields = cast(dict[str, object], scope)
            fields[REFUSE] = partial(self._refuse_unless_whole, cycle)
            try:
                await app(scope, receive, send_counted)
            finally:
                # An error that was answered keeps the scope until the collector comes by.
                del fields[REFUSE]
                if cycle.disconnected:
                    # The connection may stay for a while, to tell its client why.
                    cycle.scope = {}  # type: ignore[typeddict-item]  # nobody reads it any more

        super()._start_asgi_task(cycle, counted)

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP as everything else is answered; uvicorn does it with a line of text."""
        self._refuse(400, f"{msg} Send HTTP/1.1, with a Content-Length or in chunks.")

    def _release_request(self) -> None:
        """Keep nothing of what was asked and answered: the next request may come in a minute, or never."""
        self.cycle.body = bytearray()
        is_newest = self.cycle.scope is self.scope
        self.cycle.scope = {}  # type: ignore[typeddict-item]  # nobody reads it once the response is complete
        if is_newest:
            # The same one, by which draining.py knows that no other request has begun.
            self.scope = self.cycle.scope
            self.headers, self.url = [], b""

    def _length(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + len(": \r\n") for name, value in self.headers)

    def _await_request(self) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def _await_what_follows(self) -> None:
        if self._is_ending:
            return
        if self._in_head and self._later > MAX_HEAD_BYTES:
            self._refuse_large()
        elif self._in_head or self._in_body:
            self._await_rest()
        elif self._is_between_requests():
            # Empty lines, which may come before a request, are none, and keep no connection open.
            self._blank += self._piece
            if self._blank > MAX_HEAD_BYTES:
                self._refuse(400, "only empty lines have come; send a request")

    def make_room(self) -> None:
        """Give up the request that is coming, for those of others."""
        error = "too many requests have begun and not come; send it again after Retry-After, all of it at once"
        self._refuse(429, error, RETRY_AFTER)

    def _refuse_unless_whole(self, cycle: RequestResponseCycle) -> bool:
        """Give up a request for those of others, unless all of it has come; whether it is given up."""
        if cycle.more_body and not cycle.disconnected:
            self.make_room()
        return cycle.more_body

    def close_for_others(self) -> None:
        """Close, for the connections of others: without a word only where something was answered already."""
        if self._in_head or self._in_body or self.cycle is None:
            self._refuse(429, "too many connections are open; send it again after Retry-After", RETRY_AFTER)
            self.transport.close()
        elif self.transport.get_write_buffer_size():
            # It would be closed once its client has taken what it was sent.
            self.transport.abort()
        else:
            self.transport.close()

    def _take_room(self) -> None:
        """Hold what the connection takes, as one that waits for its client unless that waits for an answer."""
        waits = not self._owes_answer()
        _connections.hold(self, 1, waits=waits)
        self._hold_requests(waits)

    def _hold_requests(self, waits: bool) -> None:
        begun = self._size_of_request() if self._in_head else 0
        if not self._has_room_for(begun, waits=waits):
            self.make_room()

    def _has_room_for(self, begun: int, *, waits: bool = False) -> bool:
        """Hold what the requests take that are not answered, with `begun` bytes of the one that is coming."""
        return _requests.hold(self, sum(self._sizes) + begun + self._behind, waits=waits)

    def _has_room_for_rest(self, size: int) -> bool:
        """Hold so many bytes more of the newest request's body, until it is answered or its route has read them."""
        if not self._is_rest:
            return True
        self._sizes[-1] = self._size + len(self.cycle.body) + size
        return self._has_room_for(0)

    def _size_of_request(self) -> int:
        """What the newest request takes; its head is as large as the pieces that it came in, or almost."""
        return REQUEST_BYTES + self._first + self._later + HEADER_BYTES * len(self.headers)

    def _is_between_requests(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _count_framing(self) -> None:
        self._framing.count(self._piece - self._content, self._content)
        if self._framing.is_too_much:
            self._refuse(
                400,
                f"the body's chunks have more than {MAX_GAP_BYTES} bytes around them, and more than an eighth of what "
                "is in them; send fewer, larger chunks, and nothing behind them",
            )

    def _await_rest(self) -> None:
        # Behind an earlier request nothing is read, and so nothing is late.
        if self._timer is None and not self.pipeline:
            self._timer = self.loop.call_later(HEAD_SECONDS if self._in_head else BODY_SECONDS, self._be_late)

    def _be_late(self) -> None:
        self._timer = None
        answering = self._in_body and self.cycle.response_started and not self.cycle.response_complete
        held_up = self.flow.read_paused or answering
        if held_up or self._held_up:
            self._held_up = held_up
            self._await_rest()
        elif self._in_head:
            self._refuse(408, f"the request's head did not arrive within {HEAD_SECONDS:g} s")
        else:
            self._refuse(408, f"the request's body did not arrive within {BODY_SECONDS:g} s")

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _refuse_large(self) -> None:
        self._refuse(431, f"the request's head is larger than {MAX_HEAD_BYTES} bytes; send fewer or shorter headers")

    def _refuse(self, status: int, error: str, headers: Mapping[str, str] | None = None) -> None:
        if self._is_ending:
            return
        # As far as its head has come; before it, these are an earlier request's.
        asked = self.headers if self._in_head or self._in_body else ()
        fields = [*self.server_state.default_headers, *fields_of(headers)]
        # A request has one answer, also where it was answered before all of it was there.
        is_answered = self._in_body and self.cycle.response_started
        self._end(None if is_answered else Refusal(status, refusal(status, error, asked, fields)))

    def _end(self, refusal: Refusal | None = None) -> None:
        self._stop_timer()
        self._in_head = self._in_body = False
        super()._end(refusal)
        # The connection itself is not held anew: it may be the one that is closed for others.
        self._hold_requests(waits=not self._owes_answer())

    def _give_up(self, newest: RequestResponseCycle) -> None:
        super()._give_up(newest)
        self._sizes.pop()

    def _refuse_rest(self) -> None:
        self._end()
        self.transport.abort()


_connections: Final = Room(MAX_CONNECTIONS, BoundedConnection.close_for_others)
_requests: Final = Room(REQUEST_BYTES_AT_ONCE, BoundedConnection.make_room)


def _bound_silence(client: socket.socket) -> None:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    # Of Linux, where the service runs; not of the other systems that it is developed on, nor of other sockets.
    if hasattr(socket, "TCP_USER_TIMEOUT") and client.family != socket.AF_UNIX:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(SEND_SECONDS * 1000))
