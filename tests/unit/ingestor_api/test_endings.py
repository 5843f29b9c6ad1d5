"""Whatever comes behind requests that have come whole, their senders get their answers, and the connection ends."""

import asyncio
import json
import socket
from typing import Final

import pytest
import uvicorn
import uvloop
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Receive, Scope, Send
from unit.ingestor_api.pieces import cut, turn

from ingestor_api import bounds, endings
from ingestor_api.draining import _State, connect

WORK_SECONDS: Final = 0.01
READ: Final = b"GET /api/reports/%d HTTP/1.1\r\nHost: x\r\n\r\n"
"""Ends with its client."""
POST: Final = b"POST /%d HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
BEGUN: Final = {
    "nothing": (b"", None),
    "a byte": (b"}", 400),
    "no HTTP": (b"garbage\r\n\r\n", 400),
    "a head of too many headers": (b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * (bounds.MAX_HEADERS + 1) + b"\r\n", 431),
    "a head that is too large": (b"GET / HTTP/1.1\r\na: " + b"x" * 2 * bounds.MAX_HEAD_BYTES + b"\r\n\r\n", 431),
    "a URL that is too long": (b"GET /" + b"x" * (bounds.MAX_URL_BYTES + 1) + b" HTTP/1.1\r\n\r\n", 414),
    "no chunk": (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\nno chunk\r\n", 400),
    "no chunk of a body that is announced": (
        b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\nno chunk\r\n",
        400,
    ),
    "half a head": (b"GET / HTTP/1.1\r\na: ", None),
    "half a body": (b"POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\nabc", None),
}
"""What comes behind: what is sent, and what it is refused with; None where nothing of it is wrong."""


class Server:
    """Answers each request with its path, after some work; on the server's own loop, read as the server reads.

    `/early` is answered as soon as its head is there.
    """

    def __init__(self) -> None:
        self._config = uvicorn.Config(self._answer, interface="asgi3", proxy_headers=False, log_config=None)
        self._config.load()
        self._state = _State()
        self.worked_on = 0

    async def __aenter__(self) -> "Server":
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: connect(config=self._config, server_state=self._state, app_state={}), "127.0.0.1", 0
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(*self.address)

    def drain(self) -> None:
        """Send the connections away, as they are answered."""
        self._state.draining = True

    def shutdown(self) -> None:
        """Close the connections, as uvicorn does when it stops."""
        for connection in list(self._state.connections):
            connection.shutdown()

    @property
    def address(self) -> tuple[str, int]:
        host, port = self._server.sockets[0].getsockname()
        return host, port

    @property
    def open(self) -> int:
        """How many connections there are."""
        return len(self._state.connections)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        more = scope["path"] != "/early"
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            more = message["more_body"]
        await asyncio.sleep(WORK_SECONDS)
        self.worked_on += 1
        said = b"<%s>" % scope["raw_path"]
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(said))]})
        await send({"type": "http.response.body", "body": said})


def answers_in(read: bytes) -> list[tuple[int, bytes]]:
    """The status and body of each response; a 100 before one says only that its body may come."""
    answers = []
    while read:
        head, _, rest = read.partition(b"\r\n\r\n")
        if head == b"HTTP/1.1 100 Continue":
            read = rest
            continue
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        answers.append((int(head[9:12]), rest[:length]))
        read = rest[length:]
    return answers


@pytest.mark.parametrize(("behind", "refused"), BEGUN.values(), ids=list(BEGUN))
@given(
    count=st.integers(0, 8), cuts=st.lists(st.floats(0, 1), max_size=4), half_closed=st.booleans(), pause=st.booleans()
)
def test_whole_requests_are_answered_before_the_connection_ends(
    behind: bytes, refused: int | None, count: int, cuts: list[float], half_closed: bool, pause: bool
) -> None:
    async def check() -> None:
        async with Server() as server:
            reader, writer = await server.connect()
            for piece in cut(b"".join(POST % number for number in range(count)) + behind, cuts):
                writer.write(piece)
                await (turn() if pause else asyncio.sleep(0))
            # What is not refused goes on, unless its client ends it.
            if half_closed or refused is None:
                writer.write_eof()
            async with asyncio.timeout(20):
                answers = answers_in(await reader.read())
            expected = [(200, b"</%d>" % number) for number in range(count)]
            assert answers[:count] == expected
            assert server.worked_on == count
            assert [status for status, _ in answers[count:]] == ([refused] if refused else [])
            assert all(json.loads(body)["error"] for _, body in answers[count:])
            writer.close()
            async with asyncio.timeout(endings.LINGER_SECONDS / 2):
                while server.open:
                    await turn()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(check())


async def test_a_body_that_was_asked_for_is_refused_as_another_is() -> None:
    async with Server() as server:
        reader, writer = await server.connect()
        head, end, body = BEGUN["no chunk of a body that is announced"][0].partition(b"\r\n\r\n")
        writer.write(head + end)
        async with asyncio.timeout(20):
            asked = await reader.readuntil(b"\r\n\r\n")
            assert asked == b"HTTP/1.1 100 Continue\r\n\r\n"
            writer.write(body)
            ((status, said),) = answers_in(asked + await reader.read())
        assert (status, bool(json.loads(said)["error"])) == (400, True)
        writer.close()


def test_who_floods_a_connection_that_ends_takes_no_answer_from_it() -> None:
    async def check() -> None:
        async with Server() as server:
            reader, writer = await server.connect()
            writer.write(POST % 0 + b"garbage\r\n\r\n" + b"x" * 4 * endings.UNREAD_BYTES)
            async with asyncio.timeout(20):
                read = await reader.readuntil(b"</0>")
            assert answers_in(read) == [(200, b"</0>")]
            writer.transport.abort()
            async with asyncio.timeout(20):
                while server.open:
                    await turn()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(check())


def test_who_is_gone_is_worked_for_once_and_let_go() -> None:
    """A client that is gone looks like one that only has nothing more to send, until it is answered."""

    async def check() -> None:
        async with Server() as server:
            _, writer = await server.connect()
            writer.write(POST % 0)
            client: socket.socket = writer.get_extra_info("socket")
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x00" * 8)
            writer.close()
            async with asyncio.timeout(20):
                while not server.worked_on or server.open:
                    await turn()
            assert server.worked_on == 1

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(check())


@given(
    are_reads=st.lists(st.booleans(), min_size=1, max_size=60),
    cuts=st.lists(st.floats(0, 1), max_size=4),
    begun=st.sampled_from([b"", (POST % 0)[:-1]]),
    pause=st.booleans(),
)
def test_of_the_requests_of_who_has_closed_their_side_all_are_answered_but_a_read_with_nothing_behind(
    are_reads: list[bool], cuts: list[float], begun: bytes, pause: bool
) -> None:
    async def check() -> None:
        async with Server() as server:
            reader, writer = await server.connect()
            sent = [(READ if is_read else POST) % number for number, is_read in enumerate(are_reads)]
            for piece in cut(b"".join(sent) + begun, cuts):
                writer.write(piece)
                await (turn() if pause else asyncio.sleep(0))
            writer.write_eof()
            async with asyncio.timeout(20):
                answers = answers_in(await reader.read())
            # By then a read may have been answered, or another have come behind it.
            owed = len(sent) - are_reads[-1]
            expected = [(200, b"<%s>" % request.split()[1]) for request in sent]
            assert answers in (expected[:owed], expected)
            writer.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(check())


LARGE: Final = endings.UNREAD_BYTES - 100_000
"""Of a body: as large as one may come after its answer, but for what the head takes."""
CLOSED_OVER_A_BODY: Final = {
    "Connection: close": (b"POST /early HTTP/1.1\r\nConnection: close\r\nContent-Length: %d\r\n\r\n", 200),
    "HTTP/1.0": (b"POST /early HTTP/1.0\r\nContent-Length: %d\r\n\r\n", 200),
    "HTTP/1.0, kept alive": (b"POST /early HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: %d\r\n\r\n", 200),
    "two tokens": (b"POST / HTTP/1.1\r\nAuthorization: a\r\nAuthorization: b\r\nContent-Length: %d\r\n\r\n", 400),
    "a large head": (b"POST / HTTP/1.1\r\n" + b"a: b\r\n" * bounds.MAX_HEADERS + b"Content-Length: %d\r\n\r\n", 431),
    "a long URL": (b"POST /" + b"x" * bounds.MAX_URL_BYTES + b" HTTP/1.1\r\nContent-Length: %d\r\n\r\n", 414),
    "no HTTP": (b"garbage %d\r\n\r\n", 400),
}


def send_all_and_read(address: tuple[str, int], sent: bytes) -> bytes:
    """Send as urllib does: read nothing before all is sent."""
    with socket.create_connection(address, timeout=20) as client:
        client.sendall(sent)
        read = b""
        while piece := client.recv(65536):
            read += piece
    return read


@pytest.mark.parametrize(("head", "status"), CLOSED_OVER_A_BODY.values(), ids=list(CLOSED_OVER_A_BODY))
@pytest.mark.parametrize("size", [1_000_000, LARGE])
def test_whoever_sends_all_of_a_large_body_first_reads_its_answer(head: bytes, status: int, size: int) -> None:
    """Closed over what still comes, the connection would be reset, and the answer lost with it."""

    async def check() -> None:
        async with Server() as server:
            for _ in range(5):
                read = await asyncio.to_thread(send_all_and_read, server.address, head % size + b"x" * size)
                assert [each for each, _ in answers_in(read)] == [status]
            async with asyncio.timeout(endings.LINGER_SECONDS / 2):
                while server.open:
                    await turn()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(check())


@pytest.mark.parametrize("is_answered", [False, True])
def test_nor_does_a_server_that_stops_take_it(is_answered: bool) -> None:
    """Whether it begins to before the answer or after it, while the body still comes."""

    async def check() -> None:
        async with Server() as server:
            if not is_answered:
                server.drain()
            reader, writer = await server.connect()
            writer.write(b"POST /early HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % LARGE)
            head = await reader.readuntil(b"\r\n\r\n")
            assert (b"connection: close" in head) is not is_answered
            assert await reader.readexactly(8) == b"</early>"
            if is_answered:
                # Some of it may be there already.
                writer.write(b"x" * 60_000)
                server.shutdown()
            for _ in range(500_000, LARGE, 500_000):
                writer.write(b"x" * 500_000)
                await writer.drain()
                await turn()
            assert await reader.read() == b""
            writer.close()
            async with asyncio.timeout(endings.LINGER_SECONDS / 2):
                while server.open:
                    await turn()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(check())


def test_a_connection_that_closes_reads_no_further_than_that(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endings, "LINGER_SECONDS", 0.1)

    async def check() -> None:
        async with Server() as server:
            head = b"POST /early HTTP/1.0\r\nContent-Length: 1000000000\r\n\r\n"
            with pytest.raises(ConnectionError):
                await asyncio.to_thread(send_all_and_read, server.address, head + b"x" * 10 * endings.UNREAD_BYTES)
            # Nor for longer, where nothing comes.
            reader, writer = await server.connect()
            writer.write(head)
            assert (await reader.read()).endswith(b"</early>")
            async with asyncio.timeout(20):
                while server.open:
                    await turn()
            writer.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(check())
