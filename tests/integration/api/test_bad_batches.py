"""Batches of nothing but bad events, as many as are admitted at once, leave the process its memory."""

import asyncio
from collections import Counter

import aiohttp
from integration.api.burden import MAX_RSS, Memory
from integration.api.conftest import ApiFactory
from services import token

from ingestor_api.app import BATCHES_AT_ONCE

BAD = b"{%s}" % b",".join(b'"\xf0\x9f\x98\x80%d":n' % number for number in range(30))
"""One character beyond U+FFFF makes what is said of a name four times as large in memory."""
BODY = b"[" + b",".join([BAD] * 999) + b"]"


async def test_what_is_said_of_bad_events_takes_no_more_than_a_pod_has(
    start_api: ApiFactory, http: aiohttp.ClientSession
) -> None:
    api = start_api()
    memory = Memory(api)
    watching = asyncio.create_task(memory.watch())
    headers = {"Authorization": f"Bearer {token('WRITE')}"}

    async def send() -> int:
        async with http.post(f"{api.url}/api/events/batch", data=BODY, headers=headers) as answer:
            await answer.read()
            return answer.status

    statuses = Counter(await asyncio.gather(*(send() for _ in range(BATCHES_AT_ONCE))))
    watching.cancel()
    assert memory.most <= MAX_RSS, f"{memory.most / 2**20:.0f} MiB; {statuses}"
    assert statuses[400] > 0, statuses
    assert statuses.keys() <= {400, 429}, statuses
