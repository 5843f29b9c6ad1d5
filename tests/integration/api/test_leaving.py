"""Clients that do not wait for their answer."""

import asyncio
import json

from integration.api.conftest import ApiFactory
from integration.api.sending import Sender, new_event
from services import token


async def test_clients_that_leave_at_once_take_nobodys_place(start_api: ApiFactory, sender: Sender) -> None:
    api = start_api(MAX_IN_FLIGHT="1")
    sender.url = api.url
    await sender.until_mode("kafka")
    for _ in range(30):
        body = json.dumps(new_event()).encode()
        head = f"POST /api/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token('WRITE')}\r\n"
        _, writer = await asyncio.open_connection("127.0.0.1", api.port)
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        writer.close()
    # The last of them may still be at work: its place is given back within the delivery's deadline.
    async with asyncio.timeout(5):
        while (await sender.send()).status == 429:
            pass
    assert sender.sent[-1].status == 201
    for _ in range(5):
        assert (await sender.send()).status == 201
