"""Bytes for a connection in any pieces, and the time to read one."""

import asyncio
from collections.abc import Iterable
from itertools import pairwise


async def turn() -> None:
    """Let the loop read and run what is due."""
    for _ in range(30):
        await asyncio.sleep(0)


def cut(data: bytes, shares: Iterable[float]) -> list[bytes]:
    """The data in pieces, cut at these shares of its length; none of them is empty."""
    places = [0, *sorted(int(share * len(data)) for share in shares), len(data)]
    return [data[place:after] for place, after in pairwise(places) if after > place]
