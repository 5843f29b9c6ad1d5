"""A way to the API server that closes after some writes, as if the operator died between two of them."""

import asyncio
import threading

from aiohttp import web
from integration.operator.forwarder import Forwarder

_WRITES = {"POST", "PATCH", "PUT"}
_NOT_COUNTED = ("/events", "/selfsubjectaccessreviews", "/ingestordeployments", "/leases")


class Gate(Forwarder):
    """Lets so many writes to owned objects through, and holds the next one for ever."""

    def __init__(self, target: str, writes: int) -> None:
        self._left = writes
        self.held = threading.Event()
        super().__init__(target)

    async def admit(self, request: web.Request) -> None:
        if request.method in _WRITES and not any(part in request.path for part in _NOT_COUNTED):
            if self._left == 0:
                self.held.set()
                await asyncio.Event().wait()
            self._left -= 1
