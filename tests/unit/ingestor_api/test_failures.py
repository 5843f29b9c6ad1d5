"""Whatever ends a request early becomes the one error body."""

import pytest
from fastapi import FastAPI
from unit.ingestor_api.asgi import call

from ingestor_api import failures
from ingestor_api.context import RequestContext
from ingestor_common.store.errors import CONNECTION_LOST


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
