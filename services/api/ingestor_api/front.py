"""The small ASGI front that answers the two event routes ahead of FastAPI; everything else passes through.

FastAPI's routing, dependencies and response classes cost several times the work that an event itself makes. See
docs/adr/0003-asgi-front.md.
"""

import time
from collections.abc import Iterable
from typing import Final, NamedTuple, Protocol

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from ingestor_api.admission import REFUSE, Admission, HeldBytes, Share
from ingestor_api.auth import caller as auth
from ingestor_api.auth.caller import Caller
from ingestor_api.auth.verifier import Verifier
from ingestor_api.errors import INTERNAL, Problem, body_of, encoded, forbidden, is_plain, too_large
from ingestor_api.metrics import announce_event_route, count_rejected, observe_request
from ingestor_api.refusal import fields_of
from ingestor_api.trace import REQUEST_ID, TRACEPARENT, Trace, trace_of

log = structlog.get_logger(__name__)

_JSON: Final = (b"content-type", b"application/json")


class EventRoute(Protocol):
    """What the front needs of a route: where it is, how much it takes in, and its work."""

    @property
    def route(self) -> str: ...

    @property
    def max_bytes(self) -> int: ...

    @property
    def admission(self) -> Admission: ...

    async def answer(self, body: bytes, caller: Caller, trace: Trace) -> bytes:
        """The 201's body. Raises Problem."""


class _Headers(NamedTuple):
    authorization: bytes | None
    content_length: int
    coding: bytes
    trace: Trace


class _Disconnected(Exception):
    """The client went away before its request was complete; nobody is left to answer."""


class Front:
    """Answers POST on `routes`, whose bodies count among `bodies`; what else comes goes to `others`."""

    def __init__(self, others: ASGIApp, verifier: Verifier, routes: Iterable[EventRoute], bodies: HeldBytes) -> None:
        self._others = others
        self._verifier = verifier
        self._bodies = bodies
        self._routes = {route.route: route for route in routes}
        for name in self._routes:
            announce_event_route(name)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "POST":
            route = self._routes.get(scope["path"])
            if route is not None:
                await self._serve(route, scope, receive, send)
                return
        await self._others(scope, receive, send)

    async def _serve(self, route: EventRoute, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        headers = _scan(scope["headers"])
        request_id = headers.trace.request_id
        status = 201
        extra: tuple[tuple[bytes, bytes], ...] = ()
        try:
            body = await self._answer(route, headers, receive, Share(self._bodies, scope.get(REFUSE)))
        except Problem as problem:
            status = problem.status_code
            extra = fields_of(problem.headers)
            body = body_of(problem.detail, request_id, problem.details)
            count_rejected(problem.reason, problem.events)
        except _Disconnected:
            return
        except Exception:
            log.exception("event request failed", request_id=request_id, route=route.route)
            status = 500
            body = body_of(INTERNAL, request_id)
            count_rejected("internal")
        await _respond(send, status, body, request_id, extra)
        observe_request(route.route, "POST", status, time.perf_counter() - started)

    async def _answer(self, route: EventRoute, headers: _Headers, receive: Receive, share: Share) -> bytes:
        # The caller first: a body is read for those only who may send one.
        authorization = headers.authorization
        caller = self._verifier.remembered(authorization) if authorization is not None else None
        if caller is None:
            caller = await self._verifier.caller(authorization)
        if auth.Scope.WRITE not in caller.scopes:
            raise forbidden(auth.Scope.WRITE)
        if not is_plain(headers.coding):
            raise encoded(headers.coding)
        if headers.content_length > route.max_bytes:
            raise too_large(route.max_bytes)
        # Whom there is no room for learns it without sending the body.
        route.admission.require_room()
        try:
            body = await _body(receive, route.max_bytes, share)
            route.admission.enter()
            try:
                return await route.answer(body, caller, headers.trace)
            finally:
                route.admission.leave()
        finally:
            share.end()


def _scan(headers: Iterable[tuple[bytes, bytes]]) -> _Headers:
    """The headers that matter here, in one pass; the server has lower-cased the names and checked the length."""
    authorization = request_id = traceparent = None
    length = 0
    coding = b""
    for name, value in headers:
        if name == b"authorization":
            authorization = value
        elif name == b"content-length":
            length = int(value)
        elif name == REQUEST_ID:
            request_id = value
        elif name == TRACEPARENT:
            traceparent = value
        elif name == b"content-encoding":
            coding += value if not coding else b"," + value
    return _Headers(authorization, length, coding, trace_of(request_id, traceparent))


async def _body(receive: Receive, limit: int, share: Share) -> bytes:
    """The body in however many pieces it comes; how long it may take is the connection's to say (bounds.py)."""
    pieces: list[bytes] = []
    length, more = 0, True
    while more and length <= limit:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Disconnected
        pieces.append(message["body"])
        length += len(message["body"])
        more = message["more_body"]
        # As far as it has come: who announces a body and sends nothing holds nothing.
        share.cover(length, waits=more)
    if length > limit:
        raise too_large(limit)
    return b"".join(pieces)


async def _respond(
    send: Send, status: int, body: bytes, request_id: str, extra: tuple[tuple[bytes, bytes], ...]
) -> None:
    length = (b"content-length", b"%d" % len(body))
    headers = [_JSON, length, (REQUEST_ID, request_id.encode()), *extra]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
