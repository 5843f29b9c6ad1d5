"""Whatever ends a request early becomes the one error body."""

from typing import Any

import asyncpg
import pytest
from fastapi import APIRouter, FastAPI
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send
from structlog.testing import capture_logs
from unit.ingestor_api.asgi import call

from ingestor_api import failures
from ingestor_api.context import RequestContext
from ingestor_api.errors import INTERNAL, Problem
from ingestor_api.json_body import JsonRoute
from ingestor_common.store.errors import CONNECTION_LOST
from ingestor_common.store.pool import PoolBusy


@pytest.mark.parametrize("kind", CONNECTION_LOST)
async def test_a_database_that_is_lost_in_the_middle_is_503_and_to_be_tried_again(kind: type[Exception]) -> None:
    app = FastAPI()
    failures.install(app)

    @app.get("/")
    async def lose_the_database() -> None:
        raise kind("the connection ended")

    answer = await call(RequestContext(app), "GET", "/")

    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
    assert "the database is not available" in answer.json["error"]


@pytest.mark.parametrize(
    ("error", "after", "words"),
    [
        (PoolBusy(), "10", "too many requests that use the database run at once; try again after 10 s"),
        (TimeoutError(), "1", "the database has not answered in time; try again later"),
        (
            asyncpg.QueryCanceledError("statement timeout"),
            "1",
            "the database has not answered in time; try again later",
        ),
        (ConnectionRefusedError(), "1", "the database is not available (connection refused); try again later"),
    ],
)
async def test_why_the_database_gives_nothing_is_said_as_it_is(error: Exception, after: str, words: str) -> None:
    app = FastAPI()
    failures.install(app)

    @app.get("/")
    async def fail() -> None:
        raise error

    answer = await call(RequestContext(app), "GET", "/")

    assert (answer.status, answer.headers["retry-after"]) == (503, after)
    assert answer.json["error"].startswith(words)


class FailingBody:
    """An application whose bodies cannot be read."""

    def __init__(self, error: Exception) -> None:
        self._error = error
        self._app = FastAPI()
        router = APIRouter(route_class=JsonRoute)

        @router.post("/")
        async def take(body: dict[str, Any]) -> None:
            raise NotImplementedError

        self._app.include_router(router)
        failures.install(self._app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def fail() -> Message:
            raise self._error

        await self._app(scope, fail, send)


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (RuntimeError("a fault of ours"), 500, INTERNAL),
        (RecursionError(), 500, INTERNAL),
        (ConnectionRefusedError(), 503, "the database is not available (connection refused)"),
        (PoolBusy(), 503, "too many requests that use the database run at once"),
        (Problem(429, "come back", reason="throttled"), 429, "come back"),
    ],
)
async def test_what_fails_while_a_body_is_read_is_not_said_of_the_body(
    error: Exception, status: int, words: str
) -> None:
    with capture_logs() as logged:
        answer = await call(
            RequestContext(FailingBody(error)), "POST", "/", b"{}", {"Content-Type": "application/json"}
        )
    assert answer.status == status
    assert answer.json["error"].startswith(words)
    assert [line["event"] for line in logged] == (["request failed"] if status == 500 else [])


async def test_a_client_that_leaves_before_its_body_is_read_is_no_failure_of_ours() -> None:
    with capture_logs() as logged:
        await call(RequestContext(FailingBody(ClientDisconnect())), "POST", "/", b"{}")
    assert logged == []
