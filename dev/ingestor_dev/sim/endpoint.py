"""Where the API is, from the URL a person gives."""

import asyncio
from dataclasses import dataclass
from urllib.parse import urlsplit

from ingestor_dev.sim.connection import Connection
from ingestor_dev.sim.errors import SimulatorError


@dataclass(frozen=True)
class Endpoint:
    """Host, port and path before `/api` of the API."""

    host: str
    port: int
    tls: bool
    prefix: str

    async def connect(self) -> Connection:
        """A new connection; OSError when nobody answers."""
        _, connection = await asyncio.get_running_loop().create_connection(
            Connection, self.host, self.port, ssl=self.tls or None
        )
        return connection

    def request(self, method: str, path: str, body: bytes, token: str | None) -> bytes:
        """The bytes of a request to `path` below `/api`."""
        return self.head(method, path, token) + b"%d\r\n\r\n" % len(body) + body

    def head(self, method: str, path: str, token: str | None) -> bytes:
        """The head of a JSON request up to the value of its last header, the body's length."""
        lines = [f"{method} {self.prefix}/api{path} HTTP/1.1", f"host: {self.host}:{self.port}"]
        if token is not None:
            lines.append(f"authorization: Bearer {token}")
        lines += ["content-type: application/json", "content-length: "]
        return "\r\n".join(lines).encode("latin-1")


def parse_endpoint(url: str) -> Endpoint:
    """The endpoint of an http or https URL such as http://127.0.0.1:8080; SimulatorError otherwise."""
    advice = f"the URL {url!r} is not usable; give one such as http://127.0.0.1:8080"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise SimulatorError(advice) from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise SimulatorError(advice)
    tls = parts.scheme == "https"
    prefix = parts.path.rstrip("/").removesuffix("/api")
    return Endpoint(parts.hostname, port or (443 if tls else 80), tls, prefix)
