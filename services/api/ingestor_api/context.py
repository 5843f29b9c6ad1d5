"""What every request of the FastAPI part goes through: its id, its metrics, and a bound on its body."""

import time
from typing import Final

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ingestor_api.errors import encoded, is_plain, too_large
from ingestor_api.metrics import UNMATCHED, observe_request
from ingestor_api.trace import REQUEST_ID, TRACEPARENT, trace_of

log = structlog.get_logger(__name__)

MAX_BODY_BYTES: Final = 1024 * 1024

_JSON: Final = (b"content-type", b"application/json")


class RequestContext:
    """Gives `scope["trace"]` and the X-Request-ID header, and counts and, where it crashed, logs the request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        trace = scope["trace"] = trace_of(headers.get(REQUEST_ID), headers.get(TRACEPARENT))
        started = time.perf_counter()
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (REQUEST_ID, trace.request_id.encode())]
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except Exception:
            # The application has answered 500 before it let this through.
            log.exception("request failed", request_id=trace.request_id, path=scope["path"])
        template = getattr(scope.get("route"), "path", UNMATCHED)
        observe_request(template, scope["method"], status, time.perf_counter() - started)


class JsonBody:
    """Bounds the body, and takes it for JSON whatever the client calls it, as every body here is."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        coding = b",".join(value for name, value in scope["headers"] if name == b"content-encoding")
        others = [header for header in scope["headers"] if header[0] != b"content-type"]
        scope["headers"] = [*others, _JSON]
        size = 0

        async def bounded() -> Message:
            nonlocal size
            if not is_plain(coding):
                raise encoded(coding)
            message = await receive()
            size += len(message.get("body", b""))
            if size > MAX_BODY_BYTES:
                raise too_large(MAX_BODY_BYTES)
            return message

        await self._app(scope, bounded, send)
