"""How large a head may be however it is cut, how long a body may take, and who is told when it takes longer."""

import asyncio
import json
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
import uvicorn
import uvloop
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Receive, Scope, Send
from unit.ingestor_api.pieces import cut, turn
from uvicorn.server import ServerState

from ingestor_api import bounds, endings, framing
from ingestor_api.admission import REFUSE
from ingestor_api.ahead import PIECE_BYTES
from ingestor_api.bounds import BoundedConnection
from ingestor_api.room import Room
from ingestor_api.unsent import Unsent

SECONDS = 0.2
"""What a body may take here."""
POST = b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
NEARLY = 256
"""How exactly the bound on heads is kept here, in bytes: of the request line only the path is counted."""
OK = b"HTTP/1.1 200 OK\r\ncontent-length: "


LARGE_ANSWER = b"x" * 30_000_000
"""More than all buffers between two processes hold."""


class _Watched(BoundedConnection):
    """A connection that says when it is gone."""

    def __init__(self, config: uvicorn.Config, state: ServerState, app_state: dict[str, object], lost: asyncio.Event):
        super().__init__(config, state, app_state)
        self._lost = lost

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._lost.set()


class Service:
    """A server whose application answers with the length of the body, or how it is told to by the path.

    `/large` has a large answer. `/early` is answered before its body is read, `/late` works for longer than a body may
    take before it reads, `/long` after it has read, `/never` waits for something that does not come.
    """

    def __init__(self) -> None:
        self.told: list[str] = []
        """The kinds of the messages that ended a body."""
        self.lost = asyncio.Event()
        """Set once a connection is gone."""
        self.headers: list[tuple[bytes, bytes]] = []
        """Of the last request whose body was read, as they were after that."""
        self.connections: list[BoundedConnection] = []
        self.scope: Scope = {}
        """Of the last request."""
        config = uvicorn.Config(self._answer, interface="asgi3", proxy_headers=False, log_config=None)
        config.load()
        self._config = config
        self._state = ServerState()

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self.connection, "127.0.0.1", 0)

    def stop(self) -> None:
        self._server.close()

    def at_work(self) -> int:
        """How many requests are worked on."""
        return len(self._state.tasks)

    def give_every_answer(self, name: bytes, value: bytes) -> None:
        """As the server gives each the date."""
        self._state.default_headers = [(name, value)]

    def keep_alive(self, seconds: float) -> None:
        """Keep connections on which nothing is asked for so long."""
        self._config.timeout_keep_alive = seconds  # type: ignore[assignment]  # whole ones are too many for a test

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
        self.connections.append(_Watched(self._config, self._state, {}, self.lost))
        return self.connections[-1]

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        if scope["path"] == "/never":
            await asyncio.Event().wait()
        if scope["path"] == "/late":
            await asyncio.sleep(3 * SECONDS)
        body = b"" if scope["path"] == "/early" else await self._body(receive)
        if scope["path"] == "/long":
            await asyncio.sleep(3 * SECONDS)
        self.headers = list(scope["headers"])
        said = LARGE_ANSWER if scope["path"] == "/large" else str(len(body)).encode()
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


async def send_until_closed(service: Service, writer: asyncio.StreamWriter, most: int) -> None:
    """Send up to `most` bytes of a body, and see that the server has closed the connection by then."""
    with suppress(ConnectionError):
        for _ in range(most // 50_000):
            writer.write(b"x" * 50_000)
            await writer.drain()
            await turn()
    assert service.connections[0].transport.is_closing()
    writer.close()


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
    """Nothing more of it is read until the route asks for it."""
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
    monkeypatch.setattr(endings, "LINGER_SECONDS", SECONDS)
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
    await send_until_closed(service, writer, 2 * endings.UNREAD_BYTES)


async def test_a_request_behind_a_refused_one_is_not_begun(service: Service) -> None:
    answer = await service.exchange(LARGE + POST % (b"/", 3) + b"abc")
    assert answer.count(b"HTTP/1.1") == 1
    assert service.told == []


BEGUN = {
    "a head without an end": b"POST / HTTP/1.1\r\nContent-Length: 0\r\na: " + b"x" * 1000,
    "a body that does not come": b"POST / HTTP/1.1\r\nContent-Length: 4\r\na: " + b"x" * 1000 + b"\r\n\r\n",
}
LIMIT_BYTES = 2 * bounds.REQUEST_BYTES + 8_000
"""Room for two requests and what is in their heads."""
WHOLE = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def give_room(monkeypatch: pytest.MonkeyPatch, *, size: int = 10**9, connections: int = 10**9) -> None:
    """Bound what requests take, and how many connections there are."""
    monkeypatch.setattr(bounds, "_requests", Room(size, BoundedConnection.make_room))
    monkeypatch.setattr(bounds, "_connections", Room(connections, BoundedConnection.close_for_others))


async def begin(service: Service, data: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A new connection on which so much has come."""
    reader, writer = await service.connect()
    writer.write(data)
    await turn()
    return reader, writer


def require_to_come_again(answer: bytes) -> None:
    assert answer.startswith(b"HTTP/1.1 429 Too Many Requests\r\n")
    assert b"\r\nretry-after: 1\r\n" in answer


@pytest.mark.parametrize("begun", BEGUN.values(), ids=list(BEGUN))
async def test_requests_that_do_not_come_give_way_to_those_that_do(
    service: Service, monkeypatch: pytest.MonkeyPatch, begun: bytes
) -> None:
    give_room(monkeypatch, size=LIMIT_BYTES)
    first, second = [await begin(service, begun) for _ in range(2)]
    assert (await service.exchange(WHOLE)).startswith(OK)
    require_to_come_again(await first[0].read())
    second[1].write(b"\r\n\r\n" if begun is BEGUN["a head without an end"] else b"abcd")
    assert (await second[0].readuntil(b"\r\n\r\n")).startswith(OK)
    # What is answered has given it back.
    others = [await begin(service, begun) for _ in range(2)]
    assert not any(reader.at_eof() for reader, _ in [second, *others])
    for _, writer in [first, second, *others]:
        writer.close()


async def test_a_request_is_refused_for_others_only_while_its_rest_is_awaited(service: Service) -> None:
    reader, writer = await begin(service, POST % (b"/", 4) + b"abc")
    refuse = service.scope[REFUSE]
    assert refuse()
    require_to_come_again(await reader.read())
    assert service.told == ["http.disconnect"]
    # Others may ask for that until its route has learned of it.
    assert refuse()
    writer.close()


async def test_a_request_that_has_come_whole_is_not_refused_though_its_route_has_not_read_it(service: Service) -> None:
    reader, writer = await begin(service, POST % (b"/late", 4) + b"abcd")
    assert not service.scope[REFUSE]()
    assert (await reader.readuntil(b"\r\n\r\n4")).startswith(OK)
    # Nothing of the connection stays with its request.
    assert REFUSE not in service.scope
    writer.close()


async def test_a_request_whose_client_has_left_is_not_refused_again(service: Service) -> None:
    _, writer = await begin(service, POST % (b"/late", 4) + b"abc")
    writer.transport.abort()
    await service.lost.wait()
    assert service.scope[REFUSE]()
    # It would be held for ever.
    assert service.connections[0] not in bounds._requests._sizes


async def test_where_all_requests_are_worked_on_the_next_one_is_told_to_come_again(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_room(monkeypatch, size=LIMIT_BYTES)
    at_work = [await begin(service, POST % (b"/long", 0)) for _ in range(2)]
    require_to_come_again(await service.exchange(WHOLE))
    for reader, writer in at_work:
        assert (await reader.readuntil(b"\r\n\r\n0")).startswith(OK)
        writer.close()
    assert (await service.exchange(WHOLE)).startswith(OK)


async def test_requests_behind_each_other_count_each(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    give_room(monkeypatch, size=LIMIT_BYTES)
    answer = await service.exchange(POST % (b"/long", 0) + (POST % (b"/", 0)) * 9)
    *answered, refused = answer.split(b"HTTP/1.1 ")[1:]
    assert [each[:3] for each in answered] == [b"200"] * 2
    require_to_come_again(b"HTTP/1.1 " + refused)


PART = b"x" * 10_000
"""Of a body: with it, two requests have no room."""


async def test_what_has_come_of_a_body_that_is_not_read_counts(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_room(monkeypatch, size=LIMIT_BYTES)
    first = await begin(service, POST % (b"/late", 20_000))
    first[1].write(PART)
    await turn()
    second = await begin(service, POST % (b"/late", 0))
    require_to_come_again(await first[0].read())
    assert (await second[0].readuntil(b"\r\n\r\n0")).startswith(OK)
    for _, writer in (first, second):
        writer.close()


async def test_a_request_that_is_given_up_ends_whatever_its_route_waits_for(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Else all that it takes would be kept, and count no more."""
    give_room(monkeypatch, size=LIMIT_BYTES)
    first = await begin(service, POST % (b"/never", 20_000))
    first[1].write(PART)
    await turn()
    assert service.at_work() == 1
    assert (await service.exchange(WHOLE)).startswith(OK)
    require_to_come_again(await first[0].read())
    async with asyncio.timeout(20):
        while service.at_work():
            await turn()
    assert caplog.messages == []
    first[1].close()


async def test_a_body_that_has_come_whole_and_is_not_read_counts_until_it_is_answered(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_room(monkeypatch, size=LIMIT_BYTES)
    reader, writer = await begin(service, POST % (b"/late", len(PART)))
    writer.write(PART)
    await turn()
    require_to_come_again(await service.exchange(WHOLE))
    assert (await reader.readuntil(b"\r\n\r\n10000")).startswith(OK)
    assert (await service.exchange(WHOLE)).startswith(OK)
    writer.close()


async def test_a_request_whose_body_has_no_room_is_told_once(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    give_room(monkeypatch, size=bounds.REQUEST_BYTES + len(PART))
    reader, writer = await begin(service, POST % (b"/late", 2 * len(PART)))
    writer.write(2 * PART)
    answer = await reader.read()
    require_to_come_again(answer)
    assert answer.count(b"HTTP/1.1 ") == 1
    writer.close()


async def test_a_body_that_its_route_reads_counts_piece_by_piece(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_room(monkeypatch, size=LIMIT_BYTES)
    reader, writer = await begin(service, POST % (b"/", 10 * len(PART)))
    for _ in range(10):
        writer.write(PART)
        await turn()
    assert (await reader.readuntil(b"\r\n\r\n100000")).startswith(OK)
    writer.close()


@pytest.mark.parametrize("large", [b"a: " + b"x" * 30_000, b"\r\n".join([b"a:"] * 98)], ids=["long", "many"])
async def test_headers_count_by_their_bytes_and_by_their_number(
    service: Service, monkeypatch: pytest.MonkeyPatch, large: bytes
) -> None:
    give_room(monkeypatch, size=LIMIT_BYTES)
    head = b"GET / HTTP/1.1\r\n" + large + b"\r\n\r\n"
    require_to_come_again(await service.exchange(head))


async def test_the_connection_that_is_idle_for_longest_gives_way_to_a_new_one(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_room(monkeypatch, connections=3)
    at_work = await begin(service, POST % (b"/long", 0))
    idle = [await begin(service, POST % (b"/", 0)) for _ in range(2)]
    for reader, _ in idle:
        await reader.readuntil(b"\r\n\r\n0")
    # Whoever asks again is not the one that has been idle for longest.
    idle[0][1].write(POST % (b"/", 0))
    await idle[0][0].readuntil(b"\r\n\r\n0")
    assert (await service.exchange(WHOLE)).startswith(OK)
    assert await idle[1][0].read() == b""
    assert not idle[0][0].at_eof()
    assert (await at_work[0].readuntil(b"\r\n\r\n0")).startswith(OK)
    for _, writer in [at_work, *idle]:
        writer.close()


@pytest.mark.parametrize("begun", [b"", *BEGUN.values()], ids=["nothing", *BEGUN])
async def test_a_connection_that_gives_way_before_it_was_answered_is_told(
    service: Service, monkeypatch: pytest.MonkeyPatch, begun: bytes
) -> None:
    give_room(monkeypatch, connections=1)
    reader, writer = await begin(service, begun)
    assert (await service.exchange(WHOLE)).startswith(OK)
    require_to_come_again(await reader.read())
    writer.close()


async def test_where_all_connections_are_worked_for_the_next_one_is_told_to_come_again(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_room(monkeypatch, connections=2)
    at_work = [await begin(service, POST % (b"/long", 0)) for _ in range(2)]
    require_to_come_again(await service.exchange())
    for reader, writer in at_work:
        assert (await reader.readuntil(b"\r\n\r\n0")).startswith(OK)
        writer.close()
    await turn()
    assert (await service.exchange(WHOLE)).startswith(OK)


ASKED = b"X-Request-ID: app-42\r\n"
HEADERS = b"a:\r\n" * (bounds.MAX_HEADERS + 1)
REFUSED = {
    "no HTTP": (400, b"no HTTP\r\n\r\n"),
    "a header without a colon": (400, b"GET / HTTP/1.1\r\n" + ASKED + b"a: b\r\nno colon\r\n\r\n"),
    "empty lines": (400, b"\r\n" * bounds.MAX_HEAD_BYTES),
    "no chunk": (400, b"POST / HTTP/1.1\r\n" + ASKED + b"Transfer-Encoding: chunked\r\n\r\nno chunk\r\n"),
    "a body that does not come": (408, b"POST / HTTP/1.1\r\n" + ASKED + b"Content-Length: 3\r\n\r\nab"),
    "a long URL": (414, b"GET /" + b"x" * bounds.MAX_URL_BYTES + b" HTTP/1.1\r\n" + ASKED + b"\r\n"),
    "a head without an end, among too many": (429, b"GET / HTTP/1.1\r\n" + ASKED + b"a: b\r\nc"),
    "many headers": (431, b"GET / HTTP/1.1\r\n" + ASKED + HEADERS + b"\r\n"),
    "a large head": (431, b"GET / HTTP/1.1\r\n" + ASKED + b"a: " + b"x" * bounds.MAX_HEAD_BYTES + b"\r\n\r\n"),
}
"""By what is at fault: the status, and what is sent."""


@pytest.mark.parametrize(("status", "request_"), REFUSED.values(), ids=list(REFUSED))
async def test_every_refusal_has_the_headers_of_any_answer(
    service: Service, monkeypatch: pytest.MonkeyPatch, status: int, request_: bytes
) -> None:
    service.give_every_answer(b"date", b"now")
    reader, writer = await service.connect()
    writer.write(b"GET / HTTP/1.1\r\nX-Request-ID: earlier\r\n\r\n")
    await reader.readuntil(b"\r\n\r\n0")
    if status == 429:
        give_room(monkeypatch, size=bounds.REQUEST_BYTES)
    writer.write(request_)
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    line, *lines = head.decode().split("\r\n")
    assert line.startswith(f"HTTP/1.1 {status} ")
    request_id = json.loads(body)["request_id"]
    assert dict(line.split(": ") for line in lines) == {
        "date": "now",
        "content-type": "application/json",
        "content-length": str(len(body)),
        "x-request-id": request_id,
        "connection": "close",
    } | ({"retry-after": "1"} if status == 429 else {})
    assert request_id != "earlier"
    assert (request_id == "app-42") == (ASKED in request_)


async def test_of_answers_that_nobody_takes_those_that_waited_longest_are_given_up(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "_unsent", Unsent(2 * len(LARGE_ANSWER)))
    writers = []
    for _ in range(3):
        _, writer = await service.connect()
        writer.write(POST % (b"/large", 0))
        writers.append(writer)
        await turn()
    async with asyncio.timeout(20):
        await service.lost.wait()
    assert [each.transport.is_closing() for each in service.connections] == [True, False, False]
    reader, writer = await service.connect()
    writer.write(POST % (b"/large", 0))
    await reader.readuntil(b"\r\n\r\n")
    assert await reader.readexactly(len(LARGE_ANSWER)) == LARGE_ANSWER
    for each in [*writers, writer]:
        each.transport.abort()


async def test_an_answer_that_waits_for_the_one_before_it_counts_too(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "_unsent", Unsent(3 * len(LARGE_ANSWER)))
    twice = POST % (b"/large", 0) * 2
    _, first = await service.connect()
    first.write(twice)
    await turn()
    reader, second = await service.connect()
    second.write(twice)
    async with asyncio.timeout(20):
        await service.lost.wait()
    assert [each.transport.is_closing() for each in service.connections] == [True, False]
    for _ in range(2):
        await reader.readuntil(b"\r\n\r\n")
        assert await reader.readexactly(len(LARGE_ANSWER)) == LARGE_ANSWER
    # What was taken counts no longer.
    writers = [(await service.connect())[1] for _ in range(2)]
    for writer, requests in zip(writers, (twice, POST % (b"/large", 0)), strict=True):
        writer.write(requests)
        await turn()
    assert [each.transport.is_closing() for each in service.connections] == [True, False, False, False]
    for each in [first, second, *writers]:
        each.transport.abort()


@pytest.mark.parametrize("path", [b"/large", b"/late", b"/long"])
def test_a_client_that_goes_away_with_requests_behind_each_other_is_no_error(
    caplog: pytest.LogCaptureFixture, path: bytes
) -> None:
    async def check() -> None:
        service = Service()
        await service.start()
        _, writer = await service.connect()
        writer.write(POST % (path, 0) * 5)
        await turn()
        writer.transport.abort()
        async with asyncio.timeout(20):
            await service.lost.wait()
        await asyncio.sleep(4 * SECONDS)
        assert not service.at_work()
        service.stop()

    # The server's own loop: another one lets bytes be written into a connection that is gone.
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(check())
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


@asynccontextmanager
async def fed_by_hand() -> AsyncIterator[tuple[BoundedConnection, socket.socket]]:
    """A connection that is given its pieces by the test, and the client's socket, which has the answers."""
    connection = Service().connection()
    client, served = socket.socketpair()
    await asyncio.get_running_loop().connect_accepted_socket(lambda: connection, served)
    client.setblocking(False)
    try:
        yield connection, client
    finally:
        connection.transport.abort()
        client.close()


def head_of(size: int, line: int) -> bytes:
    """A request without a body whose head has about `size` bytes, in headers of `line` bytes each."""
    lines = (b"a: " + b"x" * (line - 5) + b"\r\n") * (size // line)
    rest = b"b: " + b"x" * (size % line) + b"\r\n"
    return b"POST / HTTP/1.1\r\nHost: x\r\n" + lines + rest + b"Content-Length: 0\r\n\r\n"


@given(
    size=st.integers(0, bounds.MAX_HEAD_BYTES - NEARLY)
    | st.integers(bounds.MAX_HEAD_BYTES + NEARLY, 2 * bounds.MAX_HEAD_BYTES),
    line=st.integers(1000, 2000),
    cuts=st.lists(st.floats(0, 1), max_size=4),
    behind=st.booleans(),
)
def test_whether_a_head_is_too_large_does_not_depend_on_how_it_is_cut(
    size: int, line: int, cuts: list[float], behind: bool
) -> None:
    """`behind`: the body of another request comes before, in one piece with the beginning of the head or not."""
    body = b"b" * 10_000 if behind else b""

    async def check() -> None:
        async with fed_by_hand() as (connection, client):
            connection.data_received(POST % (b"/early", len(body)))
            await turn()
            assert client.recv(65536).startswith(OK)
            for piece in cut(body + head_of(size, line), cuts):
                connection.data_received(piece)
            await turn()
            expected = OK if size < bounds.MAX_HEAD_BYTES else b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
            assert client.recv(65536).startswith(expected)

    asyncio.run(check())


@given(
    count=st.integers(0, bounds.MAX_HEADERS) | st.integers(bounds.MAX_HEADERS + 1, 8000),
    cuts=st.lists(st.floats(0, 1), max_size=4),
    ends=st.booleans(),
)
def test_whether_a_head_has_too_many_headers_does_not_depend_on_how_it_is_cut(
    count: int, cuts: list[float], ends: bool
) -> None:
    async def check() -> None:
        async with fed_by_hand() as (connection, client):
            head = b"GET / HTTP/1.1\r\n" + b"a:\r\n" * count
            for piece in cut(head, cuts):
                connection.data_received(piece)
            # Whether a line ends a header is known from the first byte of the next one.
            connection.data_received(b"\r\n" if ends or count <= bounds.MAX_HEADERS else b"b")
            await turn()
            expected = OK if count <= bounds.MAX_HEADERS else b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
            answer = client.recv(65536)
            assert answer.startswith(expected)
            assert answer.count(b"HTTP/1.1 ") == 1

    asyncio.run(check())


@given(
    size=st.integers(1, bounds.MAX_URL_BYTES) | st.integers(bounds.MAX_URL_BYTES + 1, 30_000),
    cuts=st.lists(st.floats(0, 1), max_size=4),
)
def test_whether_a_url_is_too_long_does_not_depend_on_how_it_is_cut(size: int, cuts: list[float]) -> None:
    async def check() -> None:
        async with fed_by_hand() as (connection, client):
            for piece in cut(POST % (b"/" + b"x" * (size - 1), 0), cuts):
                connection.data_received(piece)
            await turn()
            answer = client.recv(65536)
            assert answer.startswith(OK if size <= bounds.MAX_URL_BYTES else b"HTTP/1.1 414 URI Too Long\r\n")
            assert answer.count(b"HTTP/1.1 ") == 1

    asyncio.run(check())


CHUNKED = b"POST %s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
BESIDE = 4 * framing.MAX_GAP_BYTES
"""How much is sent here beside the content."""

BESIDE_THE_CONTENT = {
    "many fields behind the body": b"1\r\na\r\n0\r\n" + b"a: b\r\n" * (BESIDE // 6),
    "one field behind the body": b"1\r\na\r\n0\r\na: " + b"b" * BESIDE,
    "a field behind the body without a value": b"1\r\na\r\n0\r\n" + b"b" * BESIDE,
    "an extension of a chunk": b"1;a=" + b"b" * BESIDE,
    "many extensions of a chunk": b"1" + b";a=b" * (BESIDE // 4),
    "an extension of the last chunk": b"1\r\na\r\n0;a=" + b"b" * BESIDE,
    "zeros before a length": b"0" * BESIDE,
    "tiny chunks": b"1\r\na\r\n" * (BESIDE // 5),
    "tiny chunks with extensions": b"1;a=b\r\na\r\n" * (BESIDE // 9),
}


@pytest.mark.parametrize("path", [b"/", b"/early"])
@pytest.mark.parametrize("beside", BESIDE_THE_CONTENT.values(), ids=list(BESIDE_THE_CONTENT))
@given(cuts=st.lists(st.floats(0, 1), max_size=6))
def test_what_is_beside_the_content_of_a_body_has_a_bound_wherever_it_is(
    path: bytes, beside: bytes, cuts: list[float]
) -> None:
    """`/early` is answered before anything of it is read."""

    async def check() -> None:
        async with fed_by_hand() as (connection, client):
            connection.data_received(CHUNKED % path)
            await turn()
            # The parser is given no more at once than what is read at once.
            for piece in cut(beside, cuts):
                for start in range(0, len(piece), PIECE_BYTES):
                    connection.data_received(piece[start : start + PIECE_BYTES])
            await turn()
            answer = client.recv(65536)
            assert answer.startswith(OK if path == b"/early" else b"HTTP/1.1 400 Bad Request\r\n")
            assert answer.count(b"HTTP/1.1 ") == 1
            assert connection.transport.is_closing() or not client.recv(1)

    asyncio.run(check())


@given(chunks=st.lists(st.integers(40, 5000), min_size=1, max_size=50), fields=st.integers(0, 20))
def test_a_body_in_chunks_of_a_usual_size_is_taken_with_what_is_behind_it(chunks: list[int], fields: int) -> None:
    async def check() -> None:
        service = Service()
        await service.start()
        body = b"".join(b"%x;a=b\r\n%s\r\n" % (size, b"x" * size) for size in chunks)
        reader, writer = await service.connect()
        writer.write(CHUNKED % b"/" + body + b"0\r\n" + b"checksum: abc\r\n" * fields + b"\r\n")
        size = await reader.readuntil(b"\r\n\r\n")
        assert size.startswith(OK)
        assert await reader.read(10) == b"%d" % sum(chunks)
        writer.close()
        service.stop()

    asyncio.run(check())


async def test_a_field_behind_the_body_is_no_header(service: Service) -> None:
    reader, writer = await service.connect()
    writer.write(CHUNKED % b"/" + b"1\r\na\r\n0\r\nAuthorization: Bearer x\r\n\r\n")
    assert (await reader.readuntil(b"\r\n\r\n1")).startswith(OK)
    assert service.headers == [(b"host", b"x"), (b"transfer-encoding", b"chunked")]
    writer.write(POST % (b"/", 0))
    assert (await reader.readuntil(b"\r\n\r\n0")).startswith(OK)
    assert service.headers == [(b"host", b"x"), (b"content-length", b"0")]
    writer.close()


async def test_the_rest_of_a_body_that_is_answered_already_is_read_to_the_end_of_the_largest(service: Service) -> None:
    reader, writer = await service.connect()
    writer.write(POST % (b"/early", endings.UNREAD_BYTES))
    assert (await reader.readuntil(b"\r\n\r\n0")).startswith(OK)
    writer.write(b"x" * endings.UNREAD_BYTES + POST % (b"/", 0))
    assert (await reader.readuntil(b"\r\n\r\n0")).startswith(OK)
    writer.close()


async def test_the_rest_of_a_body_that_is_answered_already_is_read_no_further_than_that(service: Service) -> None:
    reader, writer = await service.connect()
    writer.write(POST % (b"/early", 10**9))
    assert (await reader.readuntil(b"\r\n\r\n0")).startswith(OK)
    await send_until_closed(service, writer, 2 * endings.UNREAD_BYTES)


async def test_nothing_is_kept_of_a_body_that_was_not_read(service: Service) -> None:
    reader, writer = await service.connect()
    writer.write(POST % (b"/early", 60_000) + b"x" * 50_000)
    await reader.readuntil(b"\r\n\r\n0")
    assert service.connections[0].cycle.body == b""
    writer.close()


@pytest.mark.parametrize("path", [b"/", b"/early"])
async def test_nothing_is_kept_of_a_head_that_is_answered(service: Service, path: bytes) -> None:
    """`/early` is answered while its body is still to come."""
    reader, writer = await service.connect()
    writer.write(POST % (path + b"?" + b"x" * 5000, 3))
    if path == b"/":
        writer.write(b"abc")
    await reader.readuntil(b"\r\n\r\n")
    connection = service.connections[0]
    assert not any((connection.url, connection.headers, connection.scope, connection.cycle.scope))
    if path == b"/early":
        writer.write(b"abc")
    writer.write(POST % (b"/next", 0))
    assert b"HTTP/1.1 200 OK" in await reader.readuntil(b"\r\n\r\n")
    writer.close()


@pytest.mark.parametrize("line", [b"\r\n", b"\n", b"\r\n\n"])
async def test_empty_lines_are_no_requests_however_many(service: Service, line: bytes) -> None:
    answer = await service.exchange(line * (2 * bounds.MAX_HEAD_BYTES // len(line)))
    assert error_of(answer) == "only empty lines have come; send a request"


async def test_empty_lines_keep_no_connection_open(service: Service) -> None:
    service.keep_alive(SECONDS)
    reader, writer = await service.connect()
    closed = asyncio.create_task(reader.read())
    while not (await asyncio.wait([closed], timeout=SECONDS / 4))[0]:
        writer.write(b"\r\n")
    assert closed.result() == b""
    writer.close()


async def test_a_client_that_takes_nothing_of_its_answer_is_let_go(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "SEND_SECONDS", SECONDS)
    _, writer = await service.connect()
    # More of it is never read than fits into the reader's buffer.
    writer.write(POST % (b"/large", 0))
    async with asyncio.timeout(20):
        await service.lost.wait()
    writer.close()
