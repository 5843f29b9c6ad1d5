"""Whatever ends a request early becomes the one error body."""

import asyncpg
import pytest
from fastapi import FastAPI
from unit.ingestor_api.asgi import call

from ingestor_api import failures
from ingestor_api.context import RequestContext
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
        (ConnectionRefusedError(), "1", "the database is not available (ConnectionRefusedError); try again later"),
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
    # In words for whoever sends something as for whoever asks.
    assert answer.json["error"] == words
