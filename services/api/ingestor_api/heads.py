"""Bounds on the head of a request: nobody makes this process hold bytes, or a connection, of which no request comes.

uvicorn reads a head of any length, for any time: its parser keeps what it has been given until the head ends.
"""

import asyncio
import socket
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ingestor_api.errors import body_of
from ingestor_api.trace import trace_of

MAX_HEAD_BYTES: Final = 32 * 1024
HEAD_SECONDS: Final = 20.0

_PHRASES: Final = {400: "Bad Request", 408: "Request Timeout", 431: "Request Header Fields Too Large"}


class BoundedHead(HttpToolsProtocol):
    """uvicorn's connection, which answers 431 to a head that is too large and 408 to one that does not end.

    One on which nothing comes at all is closed like one that is kept alive for nothing.
    """

    _in_head = False
    _began = False
    """Whether the head at work began in the piece at work, which may hold much else before it."""
    _piece = 0
    """Bytes of the piece at work."""
    _later = 0
    """Bytes of the pieces after the one in which the head began: all of them are the head's."""
    _timer: asyncio.TimerHandle | None = None
    _refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        super().connection_made(transport)
        # A client whose host is gone closes nothing.
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self._await_request()

    def connection_lost(self, exc: Exception | None) -> None:
        self._unset_keepalive_if_required()
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        self._began, self._piece = False, len(data)
        super().data_received(data)
        if self._in_head:
            self._later += 0 if self._began else len(data)
            self._await_end_of_head()
        elif self.timeout_keep_alive_task is None and (self.cycle is None or self.cycle.response_complete):
            # Empty lines, which may come before a request, are none.
            self._await_request()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head = self._began = True
        self._later = 0

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._stop_timer()
        # Added up only where it can be too large at all.
        if self._later + self._piece > MAX_HEAD_BYTES and self._length() > MAX_HEAD_BYTES:
            self._refuse_large()
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if not self._refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if not self._refused:
            super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP as everything else is answered; uvicorn does it with a line of text."""
        self._refuse(400, f"{msg} Send HTTP/1.1, with a Content-Length or in chunks.")

    def _length(self) -> int:
        return len(self.url) + sum(len(name) + len(value) for name, value in self.headers)

    def _await_request(self) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def _await_end_of_head(self) -> None:
        if self._later > MAX_HEAD_BYTES:
            self._refuse_large()
        elif self._timer is None:
            self._timer = self.loop.call_later(HEAD_SECONDS, self._refuse_slow)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _refuse_large(self) -> None:
        self._refuse(431, f"the request's head is larger than {MAX_HEAD_BYTES} bytes; send fewer or shorter headers")

    def _refuse_slow(self) -> None:
        self._timer = None
        self._refuse(408, f"the request's head did not arrive within {HEAD_SECONDS:g} s")

    def _refuse(self, status: int, error: str) -> None:
        self._refused = True
        self._stop_timer()
        if self.transport.is_closing():
            return
        # While an earlier request is at work its response comes first, and so there is no place for this one.
        if self.cycle is None or self.cycle.response_complete:
            self.transport.write(_response(status, error))
        self.transport.close()


def _response(status: int, error: str) -> bytes:
    request_id = trace_of(None, None).request_id
    body = body_of(error, request_id)
    head = (
        f"HTTP/1.1 {status} {_PHRASES[status]}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
        f"x-request-id: {request_id}\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + body
