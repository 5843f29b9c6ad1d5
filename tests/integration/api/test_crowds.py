"""More connections than are kept, all at once, and nobody on them who reads an answer."""

import asyncio
import socket
import time
from contextlib import suppress
from typing import Final
from uuid import uuid4

import aiohttp
import asyncpg
import jwt
import psutil
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from integration.api.burden import MAX_P99_SECONDS, MAX_RSS, Memory, open_files, p99_of, waits_of
from integration.api.conftest import ApiFactory
from integration.api.sending import Sender
from services import Api, token

from ingestor_api import bounds

CONNECTIONS: Final = bounds.MAX_CONNECTIONS + 1500
SECONDS: Final = 3.0
"""How long they stay when all of them have come."""
BODY_BYTES: Final = 60_000
"""So much of a body came in before anybody asked for it, once."""
KEY: Final = rsa.generate_private_key(public_exponent=65537, key_size=2048)
SEND_SECONDS: Final = 0.1
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
    """So many connections, on each of which as much of the data was sent as is taken, and nothing is read."""
    connections = []
    for _ in range(CONNECTIONS):
        connection = socket.create_connection(("127.0.0.1", port))
        connections.append(connection)
        connection.settimeout(SEND_SECONDS)
        with suppress(TimeoutError, ConnectionError):
            connection.sendall(data)
    time.sleep(SECONDS)
    return connections


async def burden_of(api: Api, http: aiohttp.ClientSession, data: bytes) -> tuple[Memory, Sender, list[float]]:
    """The memory that the API has taken while a crowd sent the data, an honest client, and what it waited for."""
    api.wait_path("kafka", "up")
    memory, honest = Memory(api), Sender(http, api.url)
    watching = asyncio.create_task(memory.watch())
    with open_files(2 * CONNECTIONS):
        coming = asyncio.create_task(asyncio.to_thread(crowd, api.port, data))
        seconds = await waits_of(honest, api, coming)
    watching.cancel()
    for connection in coming.result():
        connection.close()
    return memory, honest, seconds


async def require_no_burden(api: Api, http: aiohttp.ClientSession, data: bytes) -> None:
    """Fail unless an honest client is served in time, within the memory, while a crowd sends the data."""
    memory, honest, seconds = await burden_of(api, http, data)
    figures = f"{memory.most / 2**20:.0f} MiB, p99 {p99_of(seconds):.3f} s, longest {max(seconds):.3f} s"
    print(figures)
    assert memory.most <= MAX_RSS, figures
    assert p99_of(seconds) <= MAX_P99_SECONDS, figures
    assert {sent.status for sent in honest.sent} == {201}, figures


@pytest.mark.long
@pytest.mark.timeout(120)
@pytest.mark.parametrize("data", CROWDS.values(), ids=list(CROWDS))
async def test_a_crowd_takes_neither_memory_nor_time_from_an_honest_client(
    start_api: ApiFactory, http: aiohttp.ClientSession, data: bytes
) -> None:
    await require_no_burden(start_api(), http, data)


@pytest.mark.timeout(120)
async def test_nor_do_bodies_that_come_while_the_issuer_of_their_tokens_is_asked(
    start_api: ApiFactory, http: aiohttp.ClientSession
) -> None:
    stranger = jwt.encode({"sub": "x"}, KEY, "RS256", {"kid": "unknown"})
    head = f"POST /api/events HTTP/1.1\r\nAuthorization: Bearer {stranger}\r\nContent-Length: 64000\r\n\r\n"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        api = start_api(JWT_JWKS_URL=f"http://127.0.0.1:{silent.getsockname()[1]}/", JWT_ISSUER="i", JWT_AUDIENCE="a")
        await require_no_burden(api, http, head.encode() + b" " * BODY_BYTES)


LOOKUP: Final = (
    f"GET /api/events/nowhere?session_id={uuid4()} HTTP/1.1\r\nAuthorization: Bearer {token('READ')}\r\n".encode()
)
UNREAD: Final = {
    "the beginning of a body": LOOKUP + b"Content-Length: 1000000\r\n\r\n" + b"x" * BODY_BYTES,
    "requests behind a whole body": (
        LOOKUP + b"Content-Length: 15000\r\n\r\n" + b"x" * 15_000 + (LOOKUP + b"\r\n") * (BODY_BYTES // len(LOOKUP))
    ),
}
"""What no route asks for, behind the head of a request that waits for the database."""


@pytest.mark.timeout(120)
@pytest.mark.parametrize("data", UNREAD.values(), ids=list(UNREAD))
async def test_what_is_sent_to_a_route_that_reads_nothing_and_waits_takes_no_memory(
    start_api: ApiFactory, http: aiohttp.ClientSession, api_database: str, data: bytes
) -> None:
    api = start_api()
    api.wait_path("kafka", "up")
    other = await asyncpg.connect(api_database)
    try:
        async with other.transaction():
            await other.execute("LOCK TABLE events IN ACCESS EXCLUSIVE MODE")
            memory, honest, _ = await burden_of(api, http, data)
    finally:
        await other.close()
    figures = f"{memory.most / 2**20:.0f} MiB"
    print(figures)
    assert memory.most <= MAX_RSS, figures
    # Where all requests have come whole there is no room for the next one.
    assert {sent.status for sent in honest.sent} <= {201, 429}


def test_there_is_a_file_for_each_connection(start_api: ApiFactory) -> None:
    """Systems allow 1,024 until a process asks for more."""
    with open_files(512):
        api = start_api()
        allowed, most = psutil.Process(api.pid).rlimit(psutil.RLIMIT_NOFILE)
    assert allowed > bounds.MAX_CONNECTIONS or allowed == most
