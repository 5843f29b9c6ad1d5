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
    # Some of them may still come in or be at work while we send: each place is given back within the delivery's
    # deadline, and one that is not would refuse everything from then on.
    in_a_row = 0
    async with asyncio.timeout(5):
        while in_a_row < 6:
            status = (await sender.send()).status
            assert status in {201, 429}
            in_a_row = in_a_row + 1 if status == 201 else 0
