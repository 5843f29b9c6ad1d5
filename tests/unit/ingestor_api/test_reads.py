"""What is read of connections comes whole, each its own, in pieces of a bounded size."""

import asyncio
import socket
from functools import partial

import uvloop
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Receive, Scope, Send
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from ingestor_api.reads import SmallReads

SIZE = 64


async def nothing(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that is asked nothing."""


CONFIG = Config(nothing, interface="asgi3", proxy_headers=False, log_config=None)
CONFIG.load()


class Listener(HttpToolsProtocol):
    """Keeps what comes, and pauses reading for a moment after each `pause`-th piece."""

    def __init__(self, pause: int) -> None:
        super().__init__(CONFIG, ServerState(), {})
        self.pieces: list[bytes] = []
        self.ended = asyncio.Event()
        self._pause = pause

    def eof_received(self) -> None:
        self.ended.set()

    def data_received(self, data: bytes) -> None:
        self.pieces.append(data)
        if len(self.pieces) % self._pause == 0:
            self.flow.pause_reading()
            self.loop.call_later(0, self.flow.resume_reading)


async def received(sent: list[bytes], pause: int) -> list[list[bytes]]:
    """The pieces that came of what is sent on as many connections at once, all with one buffer."""
    loop = asyncio.get_running_loop()
    buffer = memoryview(bytearray(SIZE))
    listeners = [Listener(pause) for _ in sent]
    clients = []
    for listener in listeners:
        client, served = socket.socketpair()
        client.setblocking(False)
        await loop.connect_accepted_socket(partial(SmallReads, listener, buffer), served)
        clients.append(client)
    await asyncio.gather(*(loop.sock_sendall(client, data) for client, data in zip(clients, sent, strict=True)))
    for client, listener in zip(clients, listeners, strict=True):
        client.close()
        async with asyncio.timeout(10):
            await listener.ended.wait()
        listener.transport.abort()
    await asyncio.sleep(0)
    return [listener.pieces for listener in listeners]


@given(st.lists(st.binary(max_size=20 * SIZE), min_size=1, max_size=4), st.integers(1, 5), st.booleans())
def test_every_connection_gets_all_that_was_sent_to_it_in_small_pieces(
    sent: list[bytes], pause: int, with_uvloop: bool
) -> None:
    factory = uvloop.new_event_loop if with_uvloop else None
    with asyncio.Runner(loop_factory=factory) as runner:
        pieces = runner.run(received(sent, pause))
    assert [b"".join(each) for each in pieces] == sent
    assert all(len(piece) <= SIZE for each in pieces for piece in each)
