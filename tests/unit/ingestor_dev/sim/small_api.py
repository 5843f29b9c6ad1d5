"""A small HTTP server that takes events as the contract says, for the tests of the client."""

import json
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Trouble = Callable[[web.Request], Awaitable[web.StreamResponse | None]]


@dataclass
class SmallApi:
    """What came in. `trouble`, where set, may answer a request in place of the usual answer; of a batch,
    the event at index 1 is rejected."""

    url: str = ""
    trouble: Trouble | None = None
    events: list[dict[str, Any]] = field(default_factory=list)
    catalog: dict[str, Any] = field(default_factory=dict)
    logins: int = 0
    token: str = "token-0"
    seen: Counter[str] = field(default_factory=Counter)
    batches: list[list[dict[str, Any]]] = field(default_factory=list)

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self._first_trouble])
        app.router.add_post("/api/auth/login", self._login)
        app.router.add_post("/api/events", self._event)
        app.router.add_post("/api/events/batch", self._batch)
        app.router.add_put("/api/catalog/{entry:.+}", self._put)
        return app

    @property
    def event_ids(self) -> list[str]:
        return [event["event_id"] for event in self.events]

    @web.middleware
    async def _first_trouble(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.seen[request.path] += 1
        if self.trouble is not None and (response := await self.trouble(request)) is not None:
            return response
        if request.path != "/api/auth/login" and request.headers["authorization"] != f"Bearer {self.token}":
            return web.json_response({"error": "log in"}, status=401)
        answer: web.StreamResponse = await handler(request)
        return answer

    async def _login(self, request: web.Request) -> web.Response:
        if (await request.json())["password"] != "test123":
            return web.json_response({"error": "wrong email or password"}, status=401)
        self.logins += 1
        self.token = f"token-{self.logins}"
        return web.json_response({"token": self.token, "token_type": "Bearer"})

    async def _event(self, request: web.Request) -> web.Response:
        event = await request.json()
        self.events.append(event)
        receipt = {"topic": "quiz-events", "partition": 0, "offset": len(self.events)}
        said = {"message": "accepted", "event_id": event["event_id"], "timestamp": event["timestamp"]}
        return web.json_response(said | {"mode": "kafka", "receipt": receipt}, status=201)

    async def _batch(self, request: web.Request) -> web.Response:
        batch = await request.json()
        self.batches.append(batch)
        rejected = [
            {"index": index, "event_id": event["event_id"], "reason": "not now"}
            for index, event in enumerate(batch)
            if index == 1
        ]
        taken = [event for index, event in enumerate(batch) if index != 1]
        self.events += taken
        said = {"processed_count": len(taken), "total_events": len(batch), "mode": "direct"}
        return web.json_response(said | {"rejected": rejected}, status=201)

    async def _put(self, request: web.Request) -> web.Response:
        self.catalog[request.match_info["entry"]] = json.loads(await request.read())
        return web.json_response({})
