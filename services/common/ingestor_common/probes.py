"""Metrics and health on a port of their own, served by a thread of its own.

A thread, so that /healthz can tell that the service's loop is stuck, and so that a scrape never waits for it.
"""

import errno
import json
import threading
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from typing import Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import StartResponse, WSGIEnvironment

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

log = structlog.get_logger(__name__)

Check = Callable[[], str | None]
"""None when all is well, else a sentence that says what is not."""

_TEXT: Final = "text/plain; charset=utf-8"
_JSON: Final = "application/json"


class PortTaken(OSError):
    """The metrics port that was asked for is in use."""


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """A scrape every few seconds is not worth a log line."""


class ProbeServer:
    """/metrics, /healthz (live) and /readyz (ready) on `port`; 0 takes a free one.

    A port that was not `chosen` by anybody gives way to a free one when it is taken: an API and a consumer started side
    by side on one machine, with defaults, both come up.
    """

    def __init__(self, port: int, *, chosen: bool, live: Check, ready: Check) -> None:
        self._port = port
        self._chosen = chosen
        self._checks = {"/healthz": live, "/readyz": ready}
        self._server: WSGIServer | None = None

    def start(self) -> int:
        """Serve; gives the port. Raises PortTaken, naming METRICS_PORT, where a chosen port is in use."""
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
            if error.errno != errno.EADDRINUSE:
                raise
        if self._chosen:
            raise PortTaken(f"METRICS_PORT {self._port} is in use; choose another, or 0 for any free port")
        server = self._listen(0)
        log.warning("metrics port in use, serving on another", wanted=self._port, port=server.server_port)
        return server

    def _listen(self, port: int) -> WSGIServer:
        # All interfaces: the scraper and the kubelet are elsewhere.
        return make_server("0.0.0.0", port, self._answer, server_class=_Server, handler_class=_Quiet)  # noqa: S104

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == "/metrics":
            return _respond(start_response, "200 OK", CONTENT_TYPE_LATEST, generate_latest())
        check = self._checks.get(path)
        if check is None:
            return _respond(start_response, "404 Not Found", _TEXT, b"/metrics, /healthz or /readyz\n")
        fault = check()
        body = json.dumps({"status": "ok"} if fault is None else {"status": "failing", "reason": fault}).encode()
        return _respond(start_response, "200 OK" if fault is None else "503 Service Unavailable", _JSON, body)


def _respond(start_response: StartResponse, status: str, content_type: str, body: bytes) -> Iterable[bytes]:
    start_response(status, [("Content-Type", content_type), ("Content-Length", str(len(body)))])
    return [body]
