"""Reads the document of an issuer's keys, in a bounded time however slowly it comes."""

import io
import json
import socket
import time
import urllib.request
from http.client import HTTPConnection, HTTPResponse
from typing import Any, Final

FETCH_SECONDS: Final = 5.0
MAX_DOCUMENT_BYTES: Final = 1024 * 1024


def fetch(url: str) -> Any:
    """The document's JSON. Raises OSError, HTTPException or ValueError, and RecursionError."""
    deadline = time.monotonic() + FETCH_SECONDS
    opener = urllib.request.build_opener(_Http(deadline), _Https(deadline))
    # The URL is the operator's own setting and http(s) by its pattern.
    with opener.open(url) as response:
        return json.loads(response.read(MAX_DOCUMENT_BYTES))


class _Arrival(io.RawIOBase):
    """What comes by `connection` until the deadline.

    A socket's own timeout begins anew with each byte, so that a server that sends one now and then is read for ever.
    """

    def __init__(self, connection: socket.socket, deadline: float) -> None:
        self._connection = connection
        self._arriving = connection.makefile("rb", buffering=0)
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError(f"it was not there within {FETCH_SECONDS:g} s")
        self._connection.settimeout(left)
        return self._arriving.readinto(buffer)

    def close(self) -> None:
        self._arriving.close()
        super().close()


class _InTime(urllib.request.AbstractHTTPHandler):
    def __init__(self, deadline: float) -> None:
        super().__init__()
        self._deadline = deadline

    def do_open(self, http_class: Any, req: urllib.request.Request, **http_conn_args: Any) -> HTTPResponse:
        return super().do_open(_until(self._deadline, http_class), req, **http_conn_args)


class _Http(_InTime, urllib.request.HTTPHandler):
    pass


class _Https(_InTime, urllib.request.HTTPSHandler):
    pass


def _until(deadline: float, http_class: type[HTTPConnection]) -> Any:
    """Makes connections whose responses, a proxy's too, are read until the deadline."""

    class Response(HTTPResponse):
        def __init__(self, sock: socket.socket, *arguments: Any, **options: Any) -> None:
            super().__init__(sock, *arguments, **options)
            self.fp.close()
            self.fp = io.BufferedReader(_Arrival(sock, deadline))

    def connect(host: str, **options: Any) -> HTTPConnection:
        options["timeout"] = max(0.1, deadline - time.monotonic())
        connection = http_class(host, **options)
        connection.response_class = Response
        return connection

    return connect
