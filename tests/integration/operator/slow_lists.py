"""A way to the API server on which every other list of pods takes its time, as it does on a large cluster."""

import asyncio
from itertools import cycle

from aiohttp import web
from integration.operator.forwarder import Forwarder


class SlowLists(Forwarder):
    """Holds every other list of pods up by so many seconds."""

    def __init__(self, target: str, seconds: float) -> None:
        self._seconds = cycle((seconds, 0.0))
        super().__init__(target)

    async def admit(self, request: web.Request) -> None:
        if request.method == "GET" and request.path.endswith("/pods"):
            await asyncio.sleep(next(self._seconds))
