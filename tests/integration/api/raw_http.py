"""HTTP by hand, for requests that no client library would send."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Answer:
    """A response."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @classmethod
    async def read(cls, reader: asyncio.StreamReader, bodyless: bool = False, seconds: float = 10) -> "Answer":
        """The next response on a connection; `bodyless` for that to HEAD, whose length is not that of a body."""
        async with asyncio.timeout(seconds):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:-2])}
            body = b"" if bodyless else await reader.readexactly(int(headers["content-length"]))
        return cls(int(head[0].split()[1]), headers, body)


async def exchange(port: int, request: bytes, bodyless: bool = False) -> Answer:
    """Send the bytes on a new connection, whole or not, and read the response."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        return await Answer.read(reader, bodyless)
    finally:
        writer.close()
