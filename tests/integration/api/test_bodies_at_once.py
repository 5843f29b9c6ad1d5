"""Bodies of which the rest comes at the same time: as after a moment in which the process had no processor."""

import asyncio
import json
import socket
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from typing import Final

import psutil
import pytest
from integration.api.burden import open_files
from integration.api.conftest import ApiFactory
from integration.api.raw_http import exchange
from integration.api.sending import new_event
from services import Api, token

from ingestor_api.app import BODY_BYTES_AT_ONCE
from ingestor_api.context import OPEN_BYTES_AT_ONCE

HEALTH: Final = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
REST_BYTES: Final = 3000
"""So much of each comes when there is no more room for all of them."""
WRITER: Final = f"Authorization: Bearer {token('WRITE')}\r\n"


def bodies_at_once(api: Api, head: str, bodies: list[bytes]) -> Counter[int]:
    """How often each status was answered to these bodies, whose last bytes all came while the process stood still."""
    with ExitStack() as open_connections:
        connections = []
        for body in bodies:
            connection = open_connections.enter_context(socket.create_connection(("127.0.0.1", api.port)))
            connection.settimeout(30)
            connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body[:-REST_BYTES])
            connections.append(connection)
        # Answered behind what was read before it.
        asyncio.run(exchange(api.port, HEALTH))
        process = psutil.Process(api.pid)
        process.suspend()
        for connection, body in zip(connections, bodies, strict=True):
            connection.sendall(body[-REST_BYTES:])
        process.resume()
        return Counter(int(connection.recv(65536).split()[1]) for connection in connections)


def login(number: int, size: int) -> bytes:
    return json.dumps({"email": f"nobody-{number}@school.example", "password": "wrong password"}).encode().ljust(size)


def event(_: int, size: int) -> bytes:
    return json.dumps(new_event()).encode().ljust(size)


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("head", "make", "room", "count", "taken"),
    [
        ("POST /api/events HTTP/1.1\r\nHost: x\r\n" + WRITER, event, BODY_BYTES_AT_ONCE, 1900, 201),
        ("POST /api/auth/login HTTP/1.1\r\nHost: x\r\n", login, OPEN_BYTES_AT_ONCE, 1700, 401),
    ],
    ids=["events", "logins without a token"],
)
def test_each_is_taken_or_told_to_come_again(
    start_api: ApiFactory, head: str, make: Callable[[int, int], bytes], room: int, count: int, taken: int
) -> None:
    api = start_api()
    api.wait_path("kafka", "up")
    size = room // count + REST_BYTES - 1
    with open_files(2 * count):
        statuses = bodies_at_once(api, head, [make(number, size) for number in range(count)])
    assert statuses.keys() == {taken, 429}, statuses
    assert "Traceback" not in api.output()
