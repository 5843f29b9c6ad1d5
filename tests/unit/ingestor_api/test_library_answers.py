"""What the libraries under the service answer by themselves is answered as everything else is."""

from collections.abc import Iterator

import pytest
from fastapi.routing import iter_route_contexts
from hypothesis import given
from hypothesis import strategies as st
from unit.ingestor_api.asgi import call
from unit.ingestor_api.fastapi_part import fastapi_alone, fastapi_part

FILES = ("/docs/swagger-ui.css", "/docs/swagger-ui-bundle.js", "/docs/favicon-32x32.png", "/docs/start.js")
RANGES = st.sampled_from(["foo=1-2", "bytes=99999999-", "bytes=a-b,", "bytes=0-1", "bytes=0-1,4-5", "bytes="])
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "NONE")


@given(st.sampled_from(FILES), RANGES | st.text(st.characters(min_codepoint=32, max_codepoint=126)))
async def test_a_file_is_given_whole_whatever_range_is_asked_for(path: str, asked: str) -> None:
    whole = await call(fastapi_part(), "GET", path)
    answer = await call(fastapi_part(), "GET", path, headers={"Range": asked})
    assert (answer.status, answer.body) == (200, whole.body)
    assert answer.headers["content-length"] == str(len(whole.body))


def paths() -> Iterator[str]:
    for route in iter_route_contexts(fastapi_alone().routes):
        yield str(route.path)
        yield f"{route.path}/"
        yield f"/{route.path}"
    yield from ("", "*", "/", "/nowhere", "/docs/../docs", "/docs/nothing.js", "/openapi.json/x", "http://other/")


@pytest.mark.parametrize("path", sorted(set(paths())))
async def test_every_error_is_the_error_body_by_any_method(path: str) -> None:
    for method in METHODS:
        answer = await call(fastapi_part(), method, path)
        assert not 300 <= answer.status < 400
        if answer.status >= 400:
            assert answer.headers["content-type"] == "application/json", method
            assert answer.json["error"], method
            assert answer.json["request_id"] == answer.headers["x-request-id"], method
