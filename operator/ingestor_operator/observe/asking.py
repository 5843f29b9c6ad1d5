"""Asking the pods. One that does not answer in time, or cannot be reached from here, has not answered."""

import asyncio
from collections.abc import Iterable
from typing import Final

from httpx2 import URL, AsyncClient, HTTPError, InvalidURL

from ingestor_operator.observe.answers import Address, Answer, read_answer

SECONDS: Final = 1.5
"""For all pods at once: a pod that cannot be reached delays a look by no more."""
LARGEST: Final = 16_384
"""Bytes of an answer."""


async def ask(pods: Iterable[Address]) -> dict[str, Answer]:
    """The answers of those that answer, by uid."""
    asked = list(pods)
    if not asked:
        return {}
    # Straight to the pod: no proxy of the environment, no redirection to somewhere else.
    async with AsyncClient(trust_env=False, follow_redirects=False, timeout=SECONDS) as client:
        answers = await asyncio.gather(*(_answer(client, address) for address in asked))
    return {address.uid: answer for address, answer in zip(asked, answers, strict=True) if answer}


async def _answer(client: AsyncClient, address: Address) -> Answer | None:
    url = URL(scheme="http", host=address.host, port=address.port, path="/readyz")
    body = b""
    try:
        async with asyncio.timeout(SECONDS), client.stream("GET", url) as response:
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > LARGEST:
                    return None
    except (HTTPError, InvalidURL, TimeoutError, OSError):
        return None
    return read_answer(address, body)
