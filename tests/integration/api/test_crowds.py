"""More connections than are kept, all at once, and nobody on them who reads an answer."""

import asyncio
import socket
import time
from typing import Final

import aiohttp
import psutil
import pytest
from integration.api.burden import MAX_P99_SECONDS, MAX_RSS, Memory, open_files, p99_of, waits_of
from integration.api.conftest import ApiFactory
from integration.api.sending import Sender
from services import token

from ingestor_api import bounds

CONNECTIONS: Final = bounds.MAX_CONNECTIONS + 1500
SECONDS: Final = 3.0
"""How long they stay when all of them have come."""
LARGE: Final = (b"a: " + b"x" * 320 + b"\r\n") * 94 + b"\r\n"
LOGIN: Final = b"POST /api/auth/login HTTP/1.1\r\nContent-Length: 100\r\n"
CROWDS: Final = {
    "nothing asked": b"",
    "answered and idle": b"GET /healthz HTTP/1.1\r\n\r\n",
    "half a head": LOGIN + b"a: " + b"x" * 30_000,
    "a large head without its body": LOGIN + LARGE,
    "a large head of a writer without its body": (
        f"POST /api/events HTTP/1.1\r\nAuthorization: Bearer {token('WRITE')}\r\nContent-Length: 100\r\n".encode()
        + LARGE
    ),
    "many headers without their body": LOGIN + b"a: b\r\n" * 97 + b"\r\n",
    "a small head without its body": LOGIN + b"\r\n",
}


def crowd(port: int, data: bytes) -> list[socket.socket]:
    """So many connections, on each of which the data has been sent, and nothing is read."""
    connections = []
    for _ in range(CONNECTIONS):
        connection = socket.create_connection(("127.0.0.1", port))
        connections.append(connection)
        connection.sendall(data)
    time.sleep(SECONDS)
    return connections


@pytest.mark.timeout(120)
@pytest.mark.parametrize("data", CROWDS.values(), ids=list(CROWDS))
async def test_a_crowd_takes_neither_memory_nor_time_from_an_honest_client(
    start_api: ApiFactory, http: aiohttp.ClientSession, data: bytes
) -> None:
    api = start_api()
    api.wait_path("kafka", "up")
    memory, honest = Memory(api), Sender(http, api.url)
    watching = asyncio.create_task(memory.watch())
    with open_files(2 * CONNECTIONS):
        coming = asyncio.create_task(asyncio.to_thread(crowd, api.port, data))
        seconds = await waits_of(honest, api, coming)
    watching.cancel()
    for connection in coming.result():
        connection.close()
    figures = f"{memory.most / 2**20:.0f} MiB, p99 {p99_of(seconds):.3f} s, longest {max(seconds):.3f} s"
    print(figures)
    assert memory.most <= MAX_RSS, figures
    assert p99_of(seconds) <= MAX_P99_SECONDS, figures
    assert {sent.status for sent in honest.sent} == {201}, figures


def test_there_is_a_file_for_each_connection(start_api: ApiFactory) -> None:
    """Systems allow 1,024 until a process asks for more."""
    with open_files(512):
        api = start_api()
        allowed, most = psutil.Process(api.pid).rlimit(psutil.RLIMIT_NOFILE)
    assert allowed > bounds.MAX_CONNECTIONS or allowed == most
