"""An event that is stored is answered with 201, whatever comes behind it on its connection."""

import asyncio
import json

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
