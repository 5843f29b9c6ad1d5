"""How large a head may be however it is cut, how long a body may take, and who is told when it takes longer."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Receive, Scope, Send
from unit.ingestor_api.pieces import cut, turn
from uvicorn.server import ServerState

from ingestor_api import bounds
from ingestor_api.bounds import BoundedConnection

SECONDS = 0.2
"""What a body may take here."""
POST = b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
NEARLY = 256
"""How exactly the bound on heads is kept here, in bytes: of the request line only the path is counted."""
OK = b"HTTP/1.1 200 OK\r\ncontent-length: "


class Service:
    """A server whose application answers with the length of the body, or how it is told to by the path.

    `/early` is answered before its body is read, `/late` works for longer than a body may take before it reads,
    `/long` after it has read.
    """

    def __init__(self) -> None:
        self.told: list[str] = []
        """The kinds of the messages that ended a body."""
        self.connections: list[BoundedConnection] = []
        config = uvicorn.Config(self._answer, interface="asgi3", proxy_headers=False, log_config=None)
        config.load()
        self._config = config
        self._state = ServerState()

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self.connection, "127.0.0.1", 0)

    def stop(self) -> None:
        self._server.close()

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(*self._server.sockets[0].getsockname())

    async def exchange(self, *pieces: bytes) -> bytes:
        """All that comes back until the server closes."""
        reader, writer = await self.connect()
        for piece in pieces:
            writer.write(piece)
            await asyncio.sleep(0)
        answer = await reader.read()
        writer.close()
        return answer

    def connection(self) -> BoundedConnection:
        self.connections.append(BoundedConnection(self._config, self._state, {}))
        return self.connections[-1]

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/late":
            await asyncio.sleep(3 * SECONDS)
        body = b"" if scope["path"] == "/early" else await self._body(receive)
        if scope["path"] == "/long":
            await asyncio.sleep(3 * SECONDS)
        said = str(len(body)).encode()
        headers = [(b"content-length", b"%d" % len(said))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": said})

    async def _body(self, receive: Receive) -> bytes:
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        self.told.append(message["type"])
        return body


@pytest.fixture
async def service(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Service]:
    monkeypatch.setattr(bounds, "BODY_SECONDS", SECONDS)
    made = Service()
    await made.start()
    yield made
    made.stop()


def error_of(answer: bytes) -> str:
    """What the one response says, whose status is 408 or 400."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith((b"HTTP/1.1 408 Request Timeout\r\n", b"HTTP/1.1 400 Bad Request\r\n"))
    assert b"connection: close" in head
    error: str = json.loads(body)["error"]
    return error


async def test_a_body_that_never_comes_is_given_up_and_its_route_let_go(service: Service) -> None:
    answer = await service.exchange(POST % (b"/", 10))
    assert error_of(answer) == "the request's body did not arrive within 0.2 s"
    assert service.told == ["http.disconnect"]


async def test_a_byte_now_and_then_keeps_nothing_open(service: Service) -> None:
    reader, writer = await service.connect()
    writer.write(POST % (b"/", 1000))
    answer = asyncio.create_task(reader.read())
    while not (await asyncio.wait([answer], timeout=SECONDS / 4))[0]:
        writer.write(b"a")
    writer.close()
    assert error_of(answer.result()) == "the request's body did not arrive within 0.2 s"
    assert service.told == ["http.disconnect"]


async def test_chunks_without_an_end_are_given_up(service: Service) -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = await service.exchange(head + b"1\r\na\r\n")
    assert error_of(answer) == "the request's body did not arrive within 0.2 s"


async def test_what_is_no_chunk_is_refused_with_a_sentence(service: Service) -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = await service.exchange(head + b"1\r\na\r\n", b"no chunk\r\n")
    assert error_of(answer).startswith("Invalid HTTP request received. Send HTTP/1.1")


async def test_who_is_answered_already_is_not_answered_again(service: Service) -> None:
    answer = await service.exchange(POST % (b"/early", 10))
    assert answer.startswith(OK)
    assert answer.count(b"HTTP/1.1") == 1


async def test_a_route_may_work_for_longer_than_a_body_may_take(service: Service) -> None:
    reader, writer = await service.connect()
    writer.write(POST % (b"/long", 3) + b"abc")
    assert (await reader.readuntil(b"\r\n\r\n3")).startswith(OK)
    writer.close()


async def test_a_body_that_the_route_does_not_read_yet_is_not_late(service: Service) -> None:
    """Beyond 64 KiB nothing more is read of a connection until the route asks for it."""
    reader, writer = await service.connect()
    writer.write(POST % (b"/late", 400_000) + b"a" * 400_000)
    assert (await reader.readuntil(b"\r\n\r\n400000")).startswith(OK)
    writer.close()


async def test_a_body_behind_an_earlier_request_is_not_late(service: Service) -> None:
    reader, writer = await service.connect()
    writer.write(POST % (b"/long", 3) + b"abc" + POST % (b"/", 4) + b"ab")
    await asyncio.sleep(SECONDS)
    writer.write(b"cd")
    assert (await reader.readuntil(b"\r\n\r\n3")).startswith(OK)
    assert (await reader.readuntil(b"\r\n\r\n4")).startswith(OK)
    writer.close()


async def test_one_behind_an_earlier_request_has_its_time_from_then_on(service: Service) -> None:
    answer = await service.exchange(POST % (b"/long", 3) + b"abc" + POST % (b"/", 4) + b"ab")
    first, _, second = answer.partition(b"\r\n\r\n3")
    assert first.startswith(OK)
    assert error_of(second) == "the request's body did not arrive within 0.2 s"


async def test_a_connection_is_kept_for_longer_than_a_body_may_take(service: Service) -> None:
    reader, writer = await service.connect()
    for _ in range(2):
        writer.write(POST % (b"/", 4) + b"ab")
        await asyncio.sleep(0)
        writer.write(b"cd")
        assert (await reader.readuntil(b"\r\n\r\n4")).startswith(OK)
        await asyncio.sleep(2 * SECONDS)
    writer.close()


LARGE = b"POST / HTTP/1.1\r\nHost: x\r\na: " + b"x" * (bounds.MAX_HEAD_BYTES + NEARLY) + b"\r\n\r\n"


async def test_who_sends_on_after_a_refusal_reads_it_all_the_same(service: Service) -> None:
    """Closed over bytes that were not read, the connection would be reset, and the answer lost with it."""
    reader, writer = await service.connect()
    writer.write(LARGE)
    await turn()
    for _ in range(10):
        writer.write(b"x" * 50_000)
        await writer.drain()
        await turn()
    answer = await reader.read()
    assert answer.startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\n")
    assert answer.endswith(b"}")
    writer.close()


async def test_but_not_for_long(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "LINGER_SECONDS", SECONDS)
    reader, writer = await service.connect()
    writer.write(LARGE)
    await reader.read()
    await asyncio.sleep(2 * SECONDS)
    assert service.connections[0].transport.is_closing()
    writer.close()


async def test_nor_much(service: Service) -> None:
    reader, writer = await service.connect()
    writer.write(LARGE)
    await reader.read()
    with suppress(ConnectionError):
        for _ in range(100):
            writer.write(b"x" * 50_000)
            await writer.drain()
            await turn()
    assert service.connections[0].transport.is_closing()
    writer.close()


async def test_a_request_behind_a_refused_one_is_not_begun(service: Service) -> None:
    answer = await service.exchange(LARGE + POST % (b"/", 3) + b"abc")
    assert answer.count(b"HTTP/1.1") == 1
    assert service.told == []


def head_of(size: int, line: int) -> bytes:
    """A request without a body whose head has about `size` bytes, in headers of `line` bytes each."""
    lines = (b"a: " + b"x" * (line - 5) + b"\r\n") * (size // line)
    return b"POST / HTTP/1.1\r\nHost: x\r\n" + lines + b"Content-Length: 0\r\n\r\n"


@given(
    size=st.integers(0, bounds.MAX_HEAD_BYTES - NEARLY)
    | st.integers(bounds.MAX_HEAD_BYTES + NEARLY, 2 * bounds.MAX_HEAD_BYTES),
    line=st.integers(6, 128),
    cuts=st.lists(st.floats(0, 1), max_size=4),
    behind=st.booleans(),
)
def test_whether_a_head_is_too_large_does_not_depend_on_how_it_is_cut(
    size: int, line: int, cuts: list[float], behind: bool
) -> None:
    """`behind`: the body of another request comes before, in one piece with the beginning of the head or not."""
    body = b"b" * 10_000 if behind else b""

    async def check() -> None:
        service = Service()
        connection = service.connection()
        client, served = socket.socketpair()
        await asyncio.get_running_loop().connect_accepted_socket(lambda: connection, served)
        client.setblocking(False)
        connection.data_received(POST % (b"/early", len(body)))
        await turn()
        assert client.recv(65536).startswith(OK)
        for piece in cut(body + head_of(size, line), cuts):
            connection.data_received(piece)
        await turn()
        expected = OK if size < bounds.MAX_HEAD_BYTES else b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
        assert client.recv(65536).startswith(expected)
        connection.transport.abort()
        client.close()

    asyncio.run(check())
