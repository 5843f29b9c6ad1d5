"""Requests that offer to go on in another protocol are served as if they did not (RFC 9110, 7.8).

So are those of HTTP/1.0 that wait to be told to go on, which that protocol does not know (RFC 9110, 10.1.1).

Java's HttpClient offers HTTP/2 with every request on a new connection. The parser takes such an offer for accepted: it
leaves the body out, and so an event would be refused for having none.
"""

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_INVALID = "Invalid HTTP request received."


class UpgradesDeclined(HttpToolsProtocol):
    """uvicorn's connection, which reads the whole of a request that asks for an upgrade and answers it in HTTP/1.1."""

    _declining = False
    """Whether the head just read asks for an upgrade, and is to be read again without."""

    def data_received(self, data: bytes | memoryview) -> None:
        try:
            self._parse(data)
        except httptools.HttpParserError:
            self.logger.warning(_INVALID)
            self.send_400_response(_INVALID)

    def on_headers_complete(self) -> None:
        self._declining = self.parser.should_upgrade()
        if not self._declining:
            if self.expect_100_continue and self.parser.get_http_version() != "1.1":
                self.expect_100_continue = False
            super().on_headers_complete()

    def on_message_complete(self) -> None:
        if not self._declining:
            super().on_message_complete()

    def _parse(self, data: bytes | memoryview) -> None:
        rest = data
        while True:
            try:
                self.parser.feed_data(rest)
                return
            except httptools.HttpParserUpgrade as upgrade:
                rest = memoryview(rest)[upgrade.args[0] :]
            if not self._declining:
                return
            head = self._head_without_upgrade()
            # The parser reads nothing more once a request that closes the connection seems to be complete.
            self.parser = httptools.HttpRequestParser(self)
            self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
            self.parser.feed_data(head)

    def _head_without_upgrade(self) -> bytes:
        line = b"%s %s HTTP/%s\r\n" % (self.parser.get_method(), self.url, self.parser.get_http_version().encode())
        return line + b"".join(b"%s: %s\r\n" % header for header in self.headers if header[0] != b"upgrade") + b"\r\n"
