"""How long a drain lasts, which response closes a connection, and which connection is closed unasked."""

import asyncio
import re
import signal
import socket
import time
from collections.abc import AsyncIterator

import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Receive, Scope, Send
from unit.ingestor_api.pieces import turn

from ingestor_api.draining import Connection, DrainingServer

GET = b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n"


class Rig:
    """A server that listens nowhere, one connection of it, and the client's end of that one.

    The application answers a request with the name of its path, once `go` is set.
    """

    def __init__(self, seconds: float = 60.0) -> None:
        self.go = asyncio.Event()
        self.left = 0
        self.config = uvicorn.Config(
            self._answer, http=Connection, interface="asgi3", proxy_headers=False, log_config=None
        )
        self.config.load()
        self.server = DrainingServer(self.config, seconds, self._leave)
        self.connection = Connection(self.config, self.server.server_state, {})
        self._client, self._served = socket.socketpair()
        self._client.setblocking(False)

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        await loop.connect_accepted_socket(lambda: self.connection, self._served)

    def close(self) -> None:
        self.connection.transport.abort()
        self._client.close()

    async def drain(self) -> None:
        """Take SIGTERM, and have the server notice it."""
        self.server.handle_exit(signal.SIGTERM, None)
        await self.server.on_tick(1)

    def shut_down(self) -> None:
        """What uvicorn does with each connection once it listens no longer."""
        self.connection.shutdown()

    def post(self, data: bytes) -> None:
        """Send, so that it is in the kernel and not read yet."""
        self._client.send(data)

    async def send(self, data: bytes) -> None:
        """Send, and have the server read it."""
        self.post(data)
        await turn()

    async def answers(self) -> list[tuple[str, bool]]:
        """Which requests are answered once the application goes on, and whether the answer says close."""
        self.go.set()
        await turn()
        try:
            text = self._client.recv(65536).decode()
        except BlockingIOError:
            return []
        heads = [part for part in re.split(r"(?=HTTP/1\.1 )", text) if part]
        return [(head.rpartition("/")[2], "connection: close" in head) for head in heads]

    def is_closed(self) -> bool:
        """Whether the server has closed the connection, its answers read."""
        try:
            return self._client.recv(1, socket.MSG_PEEK) == b""
        except BlockingIOError:
            return False
        except ConnectionResetError:
            # The kernel's word for a connection closed over a request that was not read.
            return True

    def _leave(self) -> None:
        self.left += 1

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.go.wait()
        body = scope["path"].encode()
        headers = [(b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    made = Rig()
    await made.open()
    yield made
    made.close()


async def test_a_server_nobody_stops_goes_on_and_keeps_its_connections(rig: Rig) -> None:
    assert not await rig.server.on_tick(1)
    await rig.send(GET % 1)
    assert await rig.answers() == [("1", False)]
    assert not rig.is_closed()
    assert rig.left == 0


async def test_sigterm_begins_a_drain_once_and_the_server_serves_on(rig: Rig) -> None:
    await rig.drain()
    assert [await rig.server.on_tick(n) for n in range(3)] == [False] * 3
    assert rig.left == 1


async def test_a_drain_is_over_when_its_time_is(rig: Rig) -> None:
    server = DrainingServer(rig.config, 0.05, lambda: None)
    server.handle_exit(signal.SIGTERM, None)
    began = time.monotonic()
    while not await server.on_tick(1):
        pass
    assert time.monotonic() - began >= 0.05


async def test_sigint_stops_without_a_drain(rig: Rig) -> None:
    rig.server.handle_exit(signal.SIGINT, None)
    assert await rig.server.on_tick(1)
    assert rig.left == 1


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
async def test_a_second_signal_ends_the_drain_and_still_finishes_what_was_taken(
    rig: Rig, second: signal.Signals
) -> None:
    await rig.drain()
    rig.server.handle_exit(second, None)
    assert await rig.server.on_tick(2)
    assert not rig.server.force_exit


async def test_sigint_after_the_drain_waits_for_nothing(rig: Rig) -> None:
    await rig.drain()
    rig.server.handle_exit(signal.SIGINT, None)
    await rig.server.on_tick(2)
    rig.server.handle_exit(signal.SIGINT, None)
    assert rig.server.force_exit


async def test_the_request_at_work_when_the_drain_begins_is_answered_and_closes(rig: Rig) -> None:
    await rig.send(GET % 1)
    await rig.drain()
    assert await rig.answers() == [("1", True)]
    assert rig.is_closed()


async def test_a_connection_idle_when_the_drain_begins_stays_for_its_next_request(rig: Rig) -> None:
    await rig.send(GET % 1)
    assert await rig.answers() == [("1", False)]
    await rig.drain()
    assert not rig.is_closed()
    await rig.send(GET % 2)
    assert await rig.answers() == [("2", True)]
    assert rig.is_closed()


@pytest.mark.parametrize("request_head", [b"GET /1 HTTP/1.0\r\n\r\n", b"GET /1 HTTP/1.1\r\nConnection: close\r\n\r\n"])
async def test_a_request_that_closes_by_its_own_will_still_does(rig: Rig, request_head: bytes) -> None:
    await rig.drain()
    await rig.send(request_head)
    assert await rig.answers() == [("1", True)]
    assert rig.is_closed()


@given(before=st.integers(0, 4), after=st.integers(1, 4))
def test_of_pipelined_requests_each_that_was_read_is_answered_in_order_and_the_last_one_closes(
    before: int, after: int
) -> None:
    async def check() -> None:
        rig = Rig()
        await rig.open()
        try:
            rig.post(b"".join(GET % number for number in range(before)))
            await turn()
            await rig.drain()
            await rig.send(b"".join(GET % number for number in range(before, before + after)))
            answers = await rig.answers()
            assert [name for name, _ in answers] == [str(number) for number in range(len(answers))]
            assert [close for _, close in answers] == [False] * (len(answers) - 1) + [True]
            # While a second request waits for the first, no third one is read; the client repeats it elsewhere.
            assert len(answers) >= (before if before > 1 else before + after)
            assert rig.is_closed()
        finally:
            rig.close()

    asyncio.run(check())


async def test_after_the_drain_an_idle_connection_is_closed(rig: Rig) -> None:
    await rig.drain()
    rig.shut_down()
    await turn()
    assert rig.is_closed()


async def test_after_the_drain_a_request_that_waits_in_the_kernel_is_answered_first(rig: Rig) -> None:
    await rig.drain()
    rig.post(GET % 1)
    rig.shut_down()
    await turn()
    assert await rig.answers() == [("1", True)]
    assert rig.is_closed()


async def test_after_the_drain_a_request_whose_head_has_begun_is_answered_first(rig: Rig) -> None:
    await rig.drain()
    await rig.send((GET % 1)[:10])
    rig.shut_down()
    await rig.send((GET % 1)[10:])
    assert await rig.answers() == [("1", True)]
    assert rig.is_closed()


async def test_after_the_drain_a_client_that_pipelines_without_a_pause_does_not_go_on_for_ever(rig: Rig) -> None:
    await rig.drain()
    await rig.send(GET % 1)
    rig.shut_down()
    await rig.send(GET % 2)
    assert await rig.answers() == [("1", True)]
    assert rig.is_closed()
