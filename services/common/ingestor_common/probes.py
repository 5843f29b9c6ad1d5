"""Metrics and health on a port of their own, served by a thread of its own.

A thread, so that /healthz can tell that the service's loop is stuck, and so that a scrape never waits for it.
"""

import errno
import json
import math
import os
import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from io import BytesIO
from socketserver import ThreadingMixIn
from typing import Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer
from wsgiref.types import StartResponse, WSGIEnvironment

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from ingestor_common.listening import EVERY_INTERFACE, listen

log = structlog.get_logger(__name__)

Check = Callable[[], str | None]
"""None when all is well, else a sentence that says what is not."""
Sight = Callable[[], Mapping[str, str]]
"""What the service sees of others, by name: `database`, for the operator."""

CONNECTIONS: Final = 32
"""Each is a thread while its request is answered, and no token is asked for here."""
REQUEST_SECONDS: Final = 5.0
"""From the connection to the answer's end: longer than any probe waits."""
PLACE_SECONDS: Final = 0.002
"""The least time between two connections that are closed because there are CONNECTIONS."""
BACKLOG: Final = 1024
"""Connections that wait to be accepted; what comes beyond tries again only after a second."""
MAX_HEAD_BYTES: Final = 16 * 1024

_CLOSING_SECONDS: Final = 1.0

_TEXT: Final = "text/plain; charset=utf-8"
_JSON: Final = "application/json"


class PortTaken(OSError):
    """The metrics port that was asked for is in use, or not for this user."""


class _Server(ThreadingMixIn, WSGIServer):
    """Ends what takes longer than REQUEST_SECONDS and, where there are CONNECTIONS, what has been open longest.

    A probe asks at once when it has connected, so that those who connect and wait make place for it. Where there is no
    place, no more than one in PLACE_SECONDS is accepted: a connection has at least CONNECTIONS times that until others
    push it out, however many come.
    """

    daemon_threads = True
    request_queue_size = BACKLOG

    def __init__(self, listener: socket.socket) -> None:
        self._open: dict[socket.socket, float] = {}
        """When each is to be over, those that came first at first."""
        self._closed = threading.Condition()
        host, port = listener.getsockname()[:2]
        super().__init__((host, port), _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket, self.address_family = listener, listener.family
        # As server_bind would, but for the look-up of the host's name, which may take seconds.
        self.server_name, self.server_port = host, port
        self.setup_environ()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._closed:
            if not self._has_room(PLACE_SECONDS):
                _end(next(iter(self._open)))
            has_room = self._has_room(_CLOSING_SECONDS)
            if has_room:
                self._open[request] = time.monotonic() + REQUEST_SECONDS
        if has_room:
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def _has_room(self, timeout: float) -> bool:
        return self._closed.wait_for(lambda: len(self._open) < CONNECTIONS, timeout)

    def shutdown_request(self, request: Any) -> None:
        with self._closed:
            self._open.pop(request, None)
            self._closed.notify()
        super().shutdown_request(request)

    def service_actions(self) -> None:
        """Called between requests, and twice a second."""
        with self._closed:
            now = time.monotonic()
            for connection, end in self._open.items():
                if end <= now:
                    _end(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that broke is not worth a log line; what the checks raise is answered 500 before this."""


def _end(connection: socket.socket) -> None:
    """Wake the thread that reads or writes it; that closes it."""
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


class _Handler(WSGIRequestHandler):
    def handle(self) -> None:
        """Answer once the whole head is there, and not at all where it ends too early or is too long."""
        head = self._head()
        if head:
            self.rfile.close()
            self.rfile = BytesIO(head)
            super().handle()

    def _head(self) -> bytes:
        head = b""
        while line := self.rfile.readline(MAX_HEAD_BYTES - len(head)):
            head += line
            if line in (b"\r\n", b"\n"):
                return head
        return b""

    def log_message(self, format: str, *args: Any) -> None:
        """A scrape every few seconds is not worth a log line."""


class _Scrape:
    """The metrics as text, written once for all who wait for it: a crowd of scrapes takes no more time than one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._text = b""
        self._begun = -math.inf

    def text(self) -> bytes:
        """The metrics as they are at some moment of this call."""
        asked = time.monotonic()
        with self._lock:
            if self._begun <= asked:
                self._begun = time.monotonic()
                self._text = generate_latest()
            return self._text


class ProbeServer:
    """/metrics, /healthz (live) and /readyz (ready, and what the service sees) on `port`; 0 takes a free one.

    A port that was not `chosen` by anybody gives way to a free one when it is taken: an API and a consumer started side
    by side on one machine, with defaults, both come up.
    """

    def __init__(self, port: int, *, chosen: bool, live: Check, ready: Check, sees: Sight) -> None:
        self._port = port
        self._chosen = chosen
        self._checks = {"/healthz": live, "/readyz": ready}
        self._sees = sees
        self._scrape = _Scrape()
        self._server: WSGIServer | None = None

    def start(self) -> int:
        """Serve; gives the port. Raises PortTaken, naming METRICS_PORT, where a chosen port is not to be had."""
        self._server = self._bind()
        thread = threading.Thread(target=self._server.serve_forever, name="probes", daemon=True)
        thread.start()
        return self._server.server_port

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def _bind(self) -> WSGIServer:
        try:
            return self._listen(self._port)
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
            if self._chosen:
                why = f"METRICS_PORT {self._port}: {os.strerror(error.errno)}"
                raise PortTaken(f"{why}; choose another, or 0 for any free port") from None
        server = self._listen(0)
        log.warning("metrics port in use, serving on another", wanted=self._port, port=server.server_port)
        return server

    def _listen(self, port: int) -> WSGIServer:
        server = _Server(listen(EVERY_INTERFACE, port, _Server.request_queue_size))
        server.set_app(self._answer)
        return server

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == "/metrics":
            return _respond(start_response, "200 OK", CONTENT_TYPE_LATEST, self._scrape.text())
        check = self._checks.get(path)
        if check is None:
            return _respond(start_response, "404 Not Found", _TEXT, b"/metrics, /healthz or /readyz\n")
        fault = check()
        told = {"status": "ok"} if fault is None else {"status": "failing", "reason": fault}
        if path == "/readyz":
            # Also of one that is ready without it: the operator reads it.
            told |= self._sees()
        body = json.dumps(told).encode()
        return _respond(start_response, "200 OK" if fault is None else "503 Service Unavailable", _JSON, body)


def _respond(start_response: StartResponse, status: str, content_type: str, body: bytes) -> Iterable[bytes]:
    start_response(status, [("Content-Type", content_type), ("Content-Length", str(len(body)))])
    return [body]
