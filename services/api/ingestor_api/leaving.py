"""Work that ends with its client: who has left keeps no connection to Postgres busy."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect
from starlette.types import Receive

_READS: Final = "/api/reports/"


def ends_with_client(scope: Mapping[str, Any]) -> bool:
    """Whether a request is for a route that only reads: it is answered to nobody who has closed their side."""
    path: str = scope.get("path", "")
    return path.startswith(_READS)


class WatchedRoute(APIRoute):
    """A route that only reads, and is cancelled when its client leaves: asyncpg then cancels the statement too."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_while_there(request: Request) -> Response:
            if self.body_field is not None:
                # Before the watch, which would take it from the route. The request keeps it.
                try:
                    await request.body()
                except ClientDisconnect:
                    return _to_nobody()
            return await _while_there(request.receive, handle(request))

        return handle_while_there


async def _while_there(receive: Receive, answering: Coroutine[Any, Any, Response]) -> Response:
    answer = asyncio.ensure_future(answering)
    left = asyncio.ensure_future(_until_left(receive))
    try:
        await asyncio.wait((answer, left), return_when=asyncio.FIRST_COMPLETED)
        return await answer if answer.done() else _to_nobody()
    finally:
        # The place that it had is free on return.
        for task in (left, answer):
            task.cancel()
        await asyncio.gather(left, answer, return_exceptions=True)
        # An error's frames hold its task, which holds the error, and all of them the body.
        del left, answer, task


async def _until_left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _to_nobody() -> Response:
    """What the framework wants to have; the server sends nothing to who has left, and no metric counts it."""
    return Response(status_code=204)
