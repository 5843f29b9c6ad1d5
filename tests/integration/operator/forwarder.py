"""A way to the API server on which single requests can be held up."""

import ssl
from contextlib import suppress
from typing import Self

from aiohttp import ClientSession, web
from integration.operator.loop_thread import LoopThread

_FORWARDED = ("Authorization", "Content-Type", "Accept")


class Forwarder:
    """Forwards requests to the target, each once `admit` has returned; runs in a thread of its own."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._loop = LoopThread()
        self.url = self._loop.run(self._listen())

    async def admit(self, request: web.Request) -> None:
        """Wait for as long as the request is to be held up."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
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
        await self.admit(request)
        headers = {name: request.headers[name] for name in _FORWARDED if name in request.headers}
        insecure = ssl.create_default_context()
        insecure.check_hostname, insecure.verify_mode = False, ssl.CERT_NONE
        url = f"{self._target}{request.path_qs}"
        async with self._session.request(
            request.method, url, data=body or None, headers=headers, ssl=insecure
        ) as answer:
            response = web.StreamResponse(status=answer.status, headers={"Content-Type": answer.content_type})
            # Whoever asked may have left; what was asked has been done all the same.
            with suppress(ConnectionResetError):
                await response.prepare(request)
                async for chunk in answer.content.iter_any():
                    await response.write(chunk)
            return response
