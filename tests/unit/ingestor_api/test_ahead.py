"""Requests that come behind each other on one connection: all are answered, and few are worked on at once."""

import asyncio
import socket

import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Receive, Scope, Send
from unit.ingestor_api.pieces import cut, turn
from uvicorn.server import ServerState

from ingestor_api import bounds
from ingestor_api.ahead import PIECE_BYTES, HoldsBack

GET = b"GET /%d HTTP/1.1\r\n\r\n"
MOST_IN_A_PIECE = PIECE_BYTES // len(GET % 0) + 1


class Service:
    """Answers each request with its path, once `release` is set.

    Of a POST it has asked for the body by then, of a PUT it does so then, and of a GET never.
    """

    def __init__(self) -> None:
        self.release = asyncio.Event()
        self._config = uvicorn.Config(self._answer, interface="asgi3", proxy_headers=False, log_config=None)
        self._config.load()

    async def connect(self) -> tuple[socket.socket, HoldsBack]:
        client, served = socket.socketpair()
        client.setblocking(False)
        connection = HoldsBack(self._config, ServerState(), {})
        await asyncio.get_running_loop().connect_accepted_socket(lambda: connection, served)
        return client, connection

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "PUT":
            await self.release.wait()
        if scope["method"] in ("POST", "PUT"):
            await receive()
        await self.release.wait()
        said = b"<%s>" % scope["raw_path"]
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(said))]})
        await send({"type": "http.response.body", "body": said})


async def read_until(client: socket.socket, end: bytes) -> bytes:
    read = b""
    async with asyncio.timeout(20):
        while not read.endswith(end):
            read += await asyncio.get_running_loop().sock_recv(client, 65536)
    return read


@given(count=st.integers(1, 300), cuts=st.lists(st.floats(0, 1), max_size=6), body=st.integers(0, 3000))
def test_all_are_answered_in_order_however_they_are_cut(count: int, cuts: list[float], body: int) -> None:
    async def check() -> None:
        service = Service()
        client, _ = await service.connect()
        service.release.set()
        first = b"POST /first HTTP/1.1\r\nContent-Length: %d\r\n\r\n%s" % (body, b"b" * body)
        for piece in cut(first + b"".join(GET % number for number in range(count)), cuts):
            await asyncio.get_running_loop().sock_sendall(client, piece)
            await asyncio.sleep(0)
        read = await read_until(client, b"</%d>" % (count - 1))
        places = [read.index(b"<%s>" % path) for path in [b"/first", *(b"/%d" % number for number in range(count))]]
        assert places == sorted(places)
        client.close()

    asyncio.run(check())


@pytest.mark.parametrize("pieces", [1, 20])
async def test_a_task_is_made_of_few_of_them_at_a_time(pieces: int) -> None:
    service = Service()
    client, connection = await service.connect()
    data = b"".join(GET % number for number in range(5000))
    for piece in cut(data, [number / pieces for number in range(1, pieces)]):
        connection.data_received(piece)
        await asyncio.sleep(0)
    assert len(connection.pipeline) <= MOST_IN_A_PIECE
    assert connection.flow.read_paused
    service.release.set()
    assert (await read_until(client, b"</4999>")).count(b"HTTP/1.1 200 OK") == 5000
    client.close()


@pytest.mark.parametrize("length", [b"Content-Length: 200000", b"Transfer-Encoding: chunked"])
async def test_the_head_is_not_read_again_for_a_piece_of_the_body(length: bytes) -> None:
    """A head of many headers would cost more than all the body has in it."""
    service = Service()
    client, connection = await service.connect()
    connection.data_received(b"POST / HTTP/1.1\r\n" + length + b"\r\n\r\n")
    connection.headers = None  # type: ignore[assignment]  # whoever reads them fails
    body = b"a" * 200_000
    connection.data_received(b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) if b"chunked" in length else body)
    service.release.set()
    assert (await read_until(client, b"</>")).startswith(b"HTTP/1.1 200 OK")
    client.close()


@pytest.mark.parametrize("method", [b"GET", b"PUT"])
@pytest.mark.parametrize("length", [b"Content-Length: 1000000", b"Transfer-Encoding: chunked"])
async def test_no_more_of_a_body_is_read_than_a_piece_until_its_route_asks_for_it(method: bytes, length: bytes) -> None:
    service = Service()
    client, connection = await service.connect()
    piece = b"b" * 1000
    sent = piece if b"Length" in length else b"3e8\r\n%s\r\n" % piece
    for data in [method + b" /a HTTP/1.1\r\n" + length + b"\r\n\r\n", *[sent] * 20]:
        await asyncio.get_running_loop().sock_sendall(client, data)
        await turn()
    assert len(connection.cycle.body) == len(piece)
    service.release.set()
    # What nobody asked for keeps nobody from the answer.
    assert (await read_until(client, b"</a>")).startswith(b"HTTP/1.1 200 OK")
    client.close()


async def test_a_body_that_has_come_whole_keeps_no_connection_from_being_read() -> None:
    """Who has sent all of a request is seen to leave."""
    service = Service()
    client, connection = await service.connect()
    data = b"GET /a HTTP/1.1\r\nContent-Length: 3000\r\n\r\n" + b"b" * 3000
    await asyncio.get_running_loop().sock_sendall(client, data)
    await turn()
    assert not connection.flow.read_paused
    client.close()


async def test_what_waits_behind_a_request_counts_until_its_turn() -> None:
    service = Service()
    client, connection = await service.connect()
    data = b"".join(GET % number for number in range(1000))
    connection.data_received(data)
    assert bounds._requests._sizes[connection] > len(data) - PIECE_BYTES + bounds.REQUEST_BYTES * MOST_IN_A_PIECE / 2
    service.release.set()
    await read_until(client, b"</999>")
    assert bounds._requests._sizes[connection] == 0
    client.close()
