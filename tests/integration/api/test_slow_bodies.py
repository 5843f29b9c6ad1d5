"""Bodies that do not end take no room from those that come, of each share of the room."""

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from integration.api.conftest import ApiFactory
from integration.api.raw_http import Answer, exchange
from integration.api.sending import new_event
from services import token

from ingestor_api.app import BODY_BYTES_AT_ONCE
from ingestor_api.batch import MAX_BATCH_BYTES
from ingestor_api.context import JSON_BYTES_AT_ONCE, MAX_BODY_BYTES, MAX_OPEN_BODY_BYTES, OPEN_BYTES_AT_ONCE

ACCOUNT: Final = {"name": "Ada", "email": "ada@slow.example", "password": "test123", "role": "writer"}
HEALTH: Final = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
LOGIN: Final = {"email": ACCOUNT["email"], "password": ACCOUNT["password"]}


@dataclass(frozen=True)
class Room:
    """A share of the room for bodies: the bytes that it has, and a route whose bodies count there."""

    limit: int
    path: str
    largest: int
    body: object
    """What an honest client sends there."""
    status: int
    scope: str | None = None

    @property
    def count(self) -> int:
        """How many bodies fill it."""
        return self.limit // self.largest + 1

    @property
    def size(self) -> int:
        """Of each of them: so many leave no room for an honest one."""
        return self.limit // self.count

    def head(self, length: int) -> bytes:
        bearer = f"Authorization: Bearer {token(self.scope)}\r\n" if self.scope else ""
        return f"POST {self.path} HTTP/1.1\r\nHost: x\r\n{bearer}Content-Length: {length}\r\n\r\n".encode()

    def honest(self) -> bytes:
        body = json.dumps(self.body).encode()
        # Longer than what is left where the room does not divide evenly.
        body += b" " * self.count
        return self.head(len(body)) + body


ROOMS: Final = {
    "logins of strangers": Room(OPEN_BYTES_AT_ONCE, "/api/auth/login", MAX_OPEN_BODY_BYTES, LOGIN, 200),
    "all bodies": Room(BODY_BYTES_AT_ONCE, "/api/events/batch", MAX_BATCH_BYTES, [new_event()], 201, "WRITE"),
    "catalog and queries": Room(
        JSON_BYTES_AT_ONCE, "/api/reports/query", MAX_BODY_BYTES, {"measures": ["total_answers"]}, 200, "READ"
    ),
}


class SlowBody:
    """A body of which the last byte does not come."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def begin(cls, port: int, room: Room) -> "SlowBody":
        """A body of which all but the last byte has come, and has been read."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(room.head(room.size + 1) + b" " * room.size)
        while writer.transport.get_write_buffer_size() or not _is_read(port, writer):
            await exchange(port, HEALTH)
        # Answered behind what was read before it.
        await exchange(port, HEALTH)
        return cls(reader, writer)

    async def require_to_have_given_way(self) -> None:
        answer = await Answer.read(self._reader)
        assert (answer.status, answer.headers["retry-after"], answer.headers["connection"]) == (429, "1", "close")
        assert "all of it at once" in answer.json["error"]
        assert await self._reader.read() == b""

    async def end(self) -> int:
        """Send the rest; the status that it is answered with."""
        self._writer.write(b" ")
        return (await Answer.read(self._reader)).status

    def close(self) -> None:
        self._writer.close()


def _is_read(port: int, writer: asyncio.StreamWriter) -> bool:
    """Whether the kernel has nothing left of what was sent to the port."""
    ends = {f"{port:04X}", f"{writer.get_extra_info('sockname')[1]:04X}"}
    connections = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    queues = [queue for _, here, there, _, queue, *_ in connections if {here[-4:], there[-4:]} == ends]
    return queues == ["00000000:00000000"] * 2


@pytest.mark.long
@pytest.mark.parametrize("room", ROOMS.values(), ids=list(ROOMS))
async def test_bodies_that_do_not_end_give_way_to_those_that_come(start_api: ApiFactory, room: Room) -> None:
    api = start_api(AUTH_SIGNUP="open")
    sign_up = json.dumps(ACCOUNT).encode()
    head = f"POST /api/auth/signup HTTP/1.1\r\nHost: x\r\nContent-Length: {len(sign_up)}\r\n\r\n".encode()
    assert (await exchange(api.port, head + sign_up)).status in {201, 409}
    slow = [await SlowBody.begin(api.port, room) for _ in range(room.count)]
    for number in range(2):
        assert (await exchange(api.port, room.honest())).status == room.status
        await slow[number].require_to_have_given_way()
        slow.append(await SlowBody.begin(api.port, room))
    # Whoever has not waited for as long goes on.
    assert await slow[2].end() == 400
    for body in slow:
        body.close()
