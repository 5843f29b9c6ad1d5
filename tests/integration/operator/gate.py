"""A way to the API server that closes after some writes, as if the operator died between two of them."""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import ClientSession, web
from integration.operator.loop_thread import LoopThread

_WRITES = {"POST", "PATCH", "PUT"}
_NOT_COUNTED = ("/events", "/selfsubjectaccessreviews", "/ingestordeployments", "/leases")
_FORWARDED = ("Authorization", "Content-Type", "Accept")


class Gate:
    """Forwards requests; of writes to owned objects so many, and holds the next one for ever."""

    def __init__(self, target: str, writes: int) -> None:
        self._target = target
        self._left = writes
        self.held = threading.Event()
        self._loop = LoopThread()
        self.url = self._loop.run(self._listen())

    def close(self) -> None:
        """Stop listening and drop what is held."""
        self._loop.run(self._shut())
        self._loop.close()

    async def _listen(self) -> str:
        self._session = ClientSession()
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        _, port = self._runner.addresses[0][:2]
        return f"http://127.0.0.1:{port}"

    async def _shut(self) -> None:
        await self._runner.cleanup()
        await self._session.close()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        if request.method in _WRITES and not any(part in request.path for part in _NOT_COUNTED):
            if self._left == 0:
                self.held.set()
                await asyncio.Event().wait()
            self._left -= 1
        headers = {name: request.headers[name] for name in _FORWARDED if name in request.headers}
        insecure = ssl.create_default_context()
        insecure.check_hostname, insecure.verify_mode = False, ssl.CERT_NONE
        url = f"{self._target}{request.path_qs}"
        async with self._session.request(
            request.method, url, data=body or None, headers=headers, ssl=insecure
        ) as answer:
            response = web.StreamResponse(status=answer.status, headers={"Content-Type": answer.content_type})
            await response.prepare(request)
            async for chunk in answer.content.iter_any():
                await response.write(chunk)
            return response


@contextmanager
def running_gate(target: str, writes: int) -> Iterator[Gate]:
    """A gate in front of the target that lets so many writes through."""
    gate = Gate(target, writes)
    try:
        yield gate
    finally:
        gate.close()
