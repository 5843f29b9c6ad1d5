"""An event that is stored is answered with 201, whatever comes behind it on its connection."""

import asyncio
import http.client
import json
from uuid import uuid4

import pytest
from integration.api.raw_http import Answer
from integration.api.sending import new_event
from services import Api, token

BEHIND = {
    "nothing more": (b"", None),
    "a byte": (b"}", 400),
    "no HTTP": (b"garbage\r\n\r\n", 400),
    "a head of too many headers": (b"GET /healthz HTTP/1.1\r\n" + b"a: b\r\n" * 101 + b"\r\n", 431),
}


@pytest.mark.parametrize(("behind", "refused"), BEHIND.values(), ids=list(BEHIND))
async def test_a_stored_event_is_answered_whatever_comes_behind_it(
    api: Api, direct_api: Api, behind: bytes, refused: int | None
) -> None:
    for served_by in (api, direct_api):
        await require_answered(served_by, behind, refused)


async def require_answered(api: Api, behind: bytes, refused: int | None) -> None:
    body = json.dumps(new_event()).encode()
    head = f"POST /api/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token('WRITE')}\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", api.port)
    writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body + behind)
    if refused is None:
        writer.write_eof()
    assert (await Answer.read(reader)).status == 201
    if refused is not None:
        answer = await Answer.read(reader)
        assert answer.status == refused
        assert answer.json["error"]
        assert answer.headers["connection"] == "close"
    assert await reader.read() == b""
    writer.close()


LARGE = {
    "a batch that is too large": ("POST", "/api/events/batch", 5_776_891, 413),
    "an event that is too large": ("POST", "/api/events", 3_000_000, 413),
    "a token that is none": ("POST", "/api/events/batch", 4_900_000, 401),
    "a roster that is too large": ("PUT", f"/api/catalog/classrooms/{uuid4()}/students", 2_500_000, 413),
    "no route": ("POST", "/api/event", 2_500_000, 404),
}


@pytest.mark.parametrize(("method", "path", "size", "status"), LARGE.values(), ids=list(LARGE))
@pytest.mark.parametrize("version", [10, 11])
async def test_who_closes_with_a_large_request_reads_why_it_is_refused(
    direct_api: Api, method: str, path: str, size: int, status: int, version: int
) -> None:
    """urllib asks for it with every request, nginx too, and reads nothing before all is sent."""

    def send() -> int:
        connection = http.client.HTTPConnection("127.0.0.1", direct_api.port, timeout=30)
        connection._http_vsn = version  # type: ignore[attr-defined]  # it has no other way to say so
        connection._http_vsn_str = f"HTTP/1.{version - 10}"  # type: ignore[attr-defined]
        bearer = "x" if status == 401 else token("WRITE")
        try:
            connection.request(method, path, b"x" * size, {"Connection": "close", "Authorization": f"Bearer {bearer}"})
            return connection.getresponse().status
        finally:
            connection.close()

    assert [await asyncio.to_thread(send) for _ in range(5)] == [status] * 5
