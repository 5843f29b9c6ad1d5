"""Heads are bounded in bytes and in time, bodies in time, whoever sends them."""

import asyncio
import json
from contextlib import suppress
from pathlib import Path

import pytest
from integration.api.raw_http import Answer, exchange
from integration.api.sending import new_event
from services import Api, token

from ingestor_api import bounds

GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"


async def test_a_large_head_is_refused_with_a_sentence(api: Api) -> None:
    answer = await exchange(api.port, GET + b"a: " + b"x" * bounds.MAX_HEAD_BYTES + b"\r\n\r\n")
    assert answer.status == 431
    assert "larger than 32768 bytes" in answer.json["error"]
    assert answer.json["request_id"] == answer.headers["x-request-id"]
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize(
    "request_",
    [
        b"no HTTP at all\r\n\r\n",
        GET + b"no colon here\r\n\r\n",
        b"POST /api/events HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n",
        b"POST /api/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    ],
)
async def test_what_is_no_http_is_refused_like_everything_else(api: Api, request_: bytes) -> None:
    answer = await exchange(api.port, request_)
    assert answer.status == 400
    assert answer.json["error"].startswith("Invalid HTTP request received. Send HTTP/1.1")
    assert answer.json["request_id"]


@pytest.mark.parametrize("target", [b"/healthz", b"/api/events", b"http://a/healthz", b"a:443"])
async def test_a_tunnel_is_refused_with_a_sentence_and_swallows_nothing(api: Api, target: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", api.port)
    writer.write(GET + b"\r\nCONNECT " + target + b" HTTP/1.1\r\nHost: x\r\n\r\n" + (GET + b"\r\n") * 3)
    assert (await Answer.read(reader)).status == 200
    answer = await Answer.read(reader)
    assert (answer.status, answer.headers["connection"]) == (501, "close")
    assert "CONNECT is not known here" in answer.json["error"]
    assert await reader.read() == b""
    writer.close()


async def test_many_small_headers_are_a_large_head_too(api: Api) -> None:
    lines = b"".join(b"header-%d: x\r\n" % number for number in range(4000))
    assert (await exchange(api.port, GET + lines + b"\r\n")).status == 431


async def test_a_head_within_the_bound_is_served_and_so_is_the_next(api: Api) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", api.port)
    fits = GET + b"a: " + b"x" * (bounds.MAX_HEAD_BYTES - 100) + b"\r\n\r\n"
    for _ in range(3):
        writer.write(fits)
        assert (await Answer.read(reader)).status == 200
    writer.close()


async def test_a_large_body_is_no_large_head(api: Api) -> None:
    body = json.dumps([new_event() for _ in range(500)]).encode()
    assert len(body) > bounds.MAX_HEAD_BYTES
    head = f"POST /api/events/batch HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token('WRITE')}\r\n"
    request = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    reader, writer = await asyncio.open_connection("127.0.0.1", api.port)
    # The head of the second comes in one piece with the body of the first.
    writer.write(request + request)
    assert [(await Answer.read(reader)).status for _ in range(2)] == [201, 201]
    writer.close()


def memory(api: Api) -> int:
    """Bytes of memory that the process holds."""
    pages = Path(f"/proc/{api.pid}/statm").read_text().split()[1]
    return int(pages) * 4096


async def test_a_head_without_an_end_takes_no_memory(api: Api) -> None:
    before = memory(api)
    reader, writer = await asyncio.open_connection("127.0.0.1", api.port)
    writer.write(GET + b"a: ")
    sent = 0
    with suppress(ConnectionError):
        for _ in range(200):
            writer.write(b"x" * 1_000_000)
            await writer.drain()
            sent += 1
    assert sent < 200
    assert memory(api) - before < 50_000_000
    with suppress(ConnectionError):
        assert (await reader.read(12)) in {b"HTTP/1.1 431", b""}
    writer.close()


async def dripping(api: Api, request: bytes) -> Answer:
    """What is answered to the beginning of a request; a byte now and then keeps nothing open."""
    reader, writer = await asyncio.open_connection("127.0.0.1", api.port)
    writer.write(request)
    answer = asyncio.create_task(Answer.read(reader, seconds=bounds.HEAD_SECONDS + 10))
    while not (await asyncio.wait([answer], timeout=0.5))[0]:
        writer.write(b" ")
    writer.close()
    return answer.result()


@pytest.mark.timeout(bounds.HEAD_SECONDS + 30)
async def test_what_does_not_end_is_given_up_whatever_the_route(api: Api) -> None:
    before = api.metric("ingestor_http_requests_total", route="unmatched", method="OTHER", status="408")
    headers = f"Host: x\r\nAuthorization: Bearer {token('WRITE')}\r\nContent-Length: 100\r\n\r\n"
    bodies = [f"POST {path} HTTP/1.1\r\n{headers}".encode() for path in ("/api/events", "/api/auth/login")]

    head, *others = await asyncio.gather(*(dripping(api, request) for request in (GET + b"a:", *bodies)))

    assert head.status == 408
    assert head.json["error"] == "the request's head did not arrive within 20 s"
    assert [answer.status for answer in others] == [408, 408]
    assert {answer.json["error"] for answer in others} == {"the request's body did not arrive within 20 s"}
    after = api.metric("ingestor_http_requests_total", route="unmatched", method="OTHER", status="408")
    assert after == before + 3
