"""A request that offers to go on in another protocol is answered like any other, its body read."""

import asyncio
import re
import socket
from collections.abc import Iterable

import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Receive, Scope, Send
from unit.ingestor_api.pieces import cut

from ingestor_api.draining import Connection, DrainingServer

H2C = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n"
"""What Java's HttpClient sends along."""
LAST = b"GET /last HTTP/1.1\r\nConnection: close\r\n\r\n"
WEBSOCKET = b"Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the method, the path and the body."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message["body"]
        more = message["more_body"]
    said = b"<%s %s %s>" % (scope["method"].encode(), scope["raw_path"], body)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(said))]})
    await send({"type": "http.response.body", "body": said})


async def answers(pieces: Iterable[bytes]) -> bytes:
    """All that comes back on one connection until the server closes it; each piece is sent once the last was read."""
    config = uvicorn.Config(echo, interface="asgi3", ws="none", proxy_headers=False, log_config=None)
    config.load()
    state = DrainingServer(config, 60, lambda: None).server_state
    client, served = socket.socketpair()
    client.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.connect_accepted_socket(lambda: Connection(config, state, {}), served)
    read = b""
    with client:
        for piece in pieces:
            await loop.sock_sendall(client, piece)
            await asyncio.sleep(0)
        async with asyncio.timeout(10):
            while piece := await loop.sock_recv(client, 65536):
                read += piece
    return read


requests = st.tuples(
    st.sampled_from([b"GET", b"POST", b"PUT"]),
    st.sampled_from([b"", H2C, WEBSOCKET]),
    st.binary(max_size=40).filter(lambda body: b">" not in body),
    st.booleans(),
)


def encoded(method: bytes, offer: bytes, body: bytes, in_chunks: bool) -> bytes:
    head = b"%s /a?b=c HTTP/1.1\r\nHost: x\r\n%s" % (method, offer)
    if in_chunks:
        chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:7], body[7:]) if part)
        return head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"
    return head + (b"Content-Length: %d\r\n\r\n" % len(body) if body else b"\r\n") + body


@given(sent=st.lists(requests, min_size=1, max_size=4), cuts=st.lists(st.floats(0, 1), max_size=4))
def test_every_request_is_read_whole_whatever_it_offers_and_however_it_is_cut(
    sent: list[tuple[bytes, bytes, bytes, bool]], cuts: list[float]
) -> None:
    data = b"".join(encoded(*request) for request in sent) + LAST
    found = re.findall(rb"<(.*?)>", asyncio.run(answers(cut(data, cuts))), re.DOTALL)
    assert found == [b"%s /a %s" % (method, body) for method, _, body, _ in sent] + [b"GET /last "]


offers = st.permutations([b"close", b"Upgrade", b"HTTP2-Settings"]).map(b", ".join)


@given(
    version=st.sampled_from([b"1.0", b"1.1"]),
    offer=offers,
    protocol=st.sampled_from([b"h2c", b"websocket", b"anything/1"]),
    body=st.binary(max_size=40).filter(lambda body: b">" not in body),
    with_close=st.booleans(),
    cuts=st.lists(st.floats(0, 1), max_size=4),
)
def test_so_is_one_that_closes_the_connection_and_at_once(
    version: bytes, offer: bytes, protocol: bytes, body: bytes, with_close: bool, cuts: list[float]
) -> None:
    connection = offer if version == b"1.1" or with_close else b"Upgrade"
    head = b"POST /a HTTP/%s\r\nHost: x\r\nConnection: %s\r\nUpgrade: %s\r\n" % (version, connection, protocol)
    answer = asyncio.run(answers(cut(head + b"Content-Length: %d\r\n\r\n" % len(body) + body, cuts)))
    assert answer.count(b"HTTP/1.1 200 OK") == 1
    assert b"connection: close" in answer
    assert re.findall(rb"<(.*?)>", answer, re.DOTALL) == [b"POST /a " + body]


REFUSED = {
    b"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n": b"501 Not Implemented",
    b"CONNECT /a HTTP/1.1\r\nHost: a\r\n\r\n": b"501 Not Implemented",
    b"CONNECT http://a/b HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc": b"501 Not Implemented",
    b"CONNECT /a HTTP/1.0\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n": b"501 Not Implemented",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n": b"400 Bad Request",
}


@pytest.mark.parametrize("head", REFUSED)
@given(behind=st.sampled_from([b"", b"something else", LAST * 3]), cuts=st.lists(st.floats(0, 1), max_size=4))
def test_what_cannot_be_declined_is_refused(head: bytes, behind: bytes, cuts: list[float]) -> None:
    """What comes behind it would be taken for another protocol, and have no answer on a connection that stays open."""
    first = encoded(b"POST", H2C, b"abc", False)
    read = asyncio.run(answers(cut(first + head + behind, cuts)))
    assert re.findall(rb"HTTP/1.1 (\d+ .*?)\r\n", read) == [b"200 OK", REFUSED[head]]
    assert b"connection: close" in read


@pytest.mark.parametrize(("version", "goes_on"), [(b"0.9", 0), (b"1.0", 0), (b"1.1", 1)])
@pytest.mark.parametrize("offer", [b"", b"Upgrade: h2c\r\n"])
async def test_who_speaks_less_than_http_1_1_is_not_told_to_go_on(version: bytes, goes_on: int, offer: bytes) -> None:
    connection = b"Connection: close, Upgrade\r\n" if offer else b"Connection: close\r\n"
    fields = connection + offer + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    answer = await answers([b"POST /a HTTP/%s\r\nHost: x\r\n%s" % (version, fields), b"ab"])
    assert answer.count(b"HTTP/1.1 100 Continue\r\n") == goes_on
    assert answer.endswith(b"<POST /a ab>")
