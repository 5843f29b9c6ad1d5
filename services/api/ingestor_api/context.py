"""What every request of the FastAPI part goes through: its id, its metrics, and who may send how large a body."""

import time
from collections.abc import Mapping
from typing import Final

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ingestor_api.admission import REFUSE, HeldBytes, Share
from ingestor_api.auth.verifier import Verifier
from ingestor_api.dependencies import check_of
from ingestor_api.errors import encoded, is_plain, too_large, too_many_values
from ingestor_api.json_values import ValueCount
from ingestor_api.metrics import UNMATCHED, observe_request
from ingestor_api.trace import REQUEST_ID, TRACEPARENT, Trace, trace_of

log = structlog.get_logger(__name__)

MAX_BODY_BYTES: Final = 1024 * 1024
MAX_OPEN_BODY_BYTES: Final = 20 * 1024
"""Where no token is asked for: a name, an address and a password, however they are written."""
OPEN_BYTES_AT_ONCE: Final = 2 * 1024 * 1024
"""Of bodies for which no token is asked, so that they never take the place of those that have one."""

JSON_BYTES_AT_ONCE: Final = 4 * 1024 * 1024
"""Of the bodies here: what Python makes of JSON is many times as large, and takes its time."""
MAX_VALUES: Final = 30_000
"""Of one body: more than the longest roster has. Half a million would take 0.2 s to read, during which nobody else is
served."""

_JSON: Final = (b"content-type", b"application/json")


class RequestContext:
    """Gives `scope["trace"]` and the X-Request-ID header; counts the request that is answered, and logs the one that
    crashed."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        trace = scope["trace"] = _trace_of(dict(scope["headers"]))
        started = time.perf_counter()
        status = 0
        gone = False

        async def receive_watched() -> Message:
            nonlocal gone
            message = await receive()
            # After the answer it says that all is done.
            gone = gone or (message["type"] == "http.disconnect" and status == 0)
            return message

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (REQUEST_ID, trace.request_id.encode())]
            await send(message)

        try:
            await self._app(scope, receive_watched, send_with_id)
        except Exception:
            # The application has answered 500 before it let this through.
            log.exception("request failed", request_id=trace.request_id, path=scope["path"])
        if gone:
            # What the application makes of it reaches nobody. Where the connection has refused the request, it has
            # counted that itself.
            return
        template = getattr(scope.get("route"), "path", UNMATCHED)
        observe_request(template, scope["method"], status, time.perf_counter() - started)


def _trace_of(headers: Mapping[bytes, bytes]) -> Trace:
    return trace_of(headers.get(REQUEST_ID), headers.get(TRACEPARENT))


class JsonBody:
    """Bounds the body, and takes it for JSON whatever the client calls it, as every body here is.

    It is read for those only who may send one: FastAPI reads it before it asks who sent it.
    """

    def __init__(self, app: ASGIApp, verifier: Verifier, bodies: HeldBytes) -> None:
        self._app = app
        self._verifier = verifier
        self._bodies = HeldBytes(JSON_BYTES_AT_ONCE, bodies)
        self._open_bodies = HeldBytes(OPEN_BYTES_AT_ONCE, bodies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        others = [header for header in scope["headers"] if header[0] != b"content-type"]
        scope["headers"] = [*others, _JSON]
        share: Share | None = None
        size = limit = 0
        values = ValueCount()

        async def bounded() -> Message:
            nonlocal share, size, limit
            if share is None:
                limit, bodies = await self._allow(scope, headers)
                share = Share(bodies, scope.get(REFUSE))
                if int(headers.get(b"content-length", 0)) > limit:
                    raise too_large(limit)
            message = await receive()
            piece = message.get("body", b"")
            size += len(piece)
            if size > limit:
                raise too_large(limit)
            values.add(piece)
            if values.count > MAX_VALUES:
                raise too_many_values(MAX_VALUES)
            # As far as it has come: who announces a body and sends nothing holds nothing.
            share.cover(size, waits=message.get("more_body", False))
            return message

        try:
            await self._app(scope, bounded, send)
        finally:
            if share is not None:
                share.end()
            # An error that was answered keeps what it was about until the collector comes by.
            headers.clear()
            scope["headers"].clear()

    async def _allow(self, scope: Scope, headers: Mapping[bytes, bytes]) -> tuple[int, HeldBytes]:
        """How many bytes the body may have, and what they count among. Raises Problem where there is to be none."""
        check = check_of(scope.get("route"))
        if check is not None:
            await check(await self._verifier.caller(headers.get(b"authorization")))
        coding = b",".join(value for name, value in scope["headers"] if name == b"content-encoding")
        if not is_plain(coding):
            raise encoded(coding)
        if check is not None:
            return MAX_BODY_BYTES, self._bodies
        # Strangers may hold all the bytes of theirs, with bodies that never end. An owner's do not count among them.
        is_stranger = self._verifier.holder(headers.get(b"authorization")) is None
        return MAX_OPEN_BODY_BYTES, self._open_bodies if is_stranger else self._bodies
