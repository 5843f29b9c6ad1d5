"""Bodies of the FastAPI part: for whom they are read, and how much of them."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from fastapi.routing import iter_route_contexts
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Message
from unit.ingestor_api.asgi import call
from unit.ingestor_api.fastapi_part import fastapi_alone, fastapi_part
from unit.ingestor_api.keeping import READER, WRITER

from ingestor_api.admission import REFUSE
from ingestor_api.context import MAX_BODY_BYTES, MAX_OPEN_BODY_BYTES, OPEN_BYTES_AT_ONCE

OPEN = {"/api/auth/login", "/api/auth/signup"}
EVENTS = {"/api/events", "/api/events/batch"}
QUERY = "/api/reports/query"
LOGIN = "/api/auth/login"
ID = "7b0e7a5e-6a65-4b5c-9b67-1b1b7d5e1a12"
READ_SECONDS = 0.5
"""What a body may take to be read and refused, also on a machine with much to do: without a bound it takes seconds."""


def routes_with_a_body() -> Iterator[tuple[str, str]]:
    """Method and path, with ids in it, of every route that takes one."""
    for route in iter_route_contexts(fastapi_alone().routes):
        for method in sorted((route.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"}):
            path = str(route.path)
            for name in ("quiz_id", "question_id", "classroom_id"):
                path = path.replace(f"{{{name}}}", ID)
            if path not in EVENTS:
                yield method, path


ROUTES = sorted(routes_with_a_body())


@pytest.mark.parametrize(("method", "path"), [route for route in ROUTES if route[1] not in OPEN])
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer x.y.z"}])
async def test_no_byte_is_read_of_who_has_no_token(method: str, path: str, headers: dict[str, str]) -> None:
    app = fastapi_part()
    # No body message at all: reading one would fail the test.
    assert (await call(app, method, path, [], headers)).status == 401


@pytest.mark.parametrize(("method", "path"), [route for route in ROUTES if route[1] not in OPEN])
async def test_nor_of_who_lacks_the_scope(method: str, path: str) -> None:
    app = fastapi_part()
    headers = WRITER if path == QUERY else READER
    assert (await call(app, method, path, [], headers)).status == 403


@pytest.mark.parametrize("path", sorted(OPEN))
@pytest.mark.parametrize("declared", [True, False])
async def test_where_no_token_is_asked_for_a_body_is_small(path: str, declared: bool) -> None:
    app = fastapi_part()
    size = MAX_OPEN_BODY_BYTES + 1
    headers = {"Content-Length": str(size)} if declared else {}
    pieces: list[Message] = [] if declared else [piece(b" " * (size // 2 + 1), True)] * 2
    assert (await call(app, "POST", path, pieces, headers)).status == 413


def piece(body: bytes, more: bool) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


@pytest.mark.parametrize("path", ["/api/auth/login", QUERY])
async def test_bodies_of_all_routes_have_room_for_so_many_bytes_together(path: str) -> None:
    app = fastapi_part(bodies=3000)
    release = asyncio.Event()

    async def slowly() -> Message:
        await release.wait()
        return piece(b"", False)

    async def first_half() -> Message:
        return piece(b" " * 2000, True)

    reads = iter([first_half, slowly])
    headers = [(name.lower().encode(), value.encode()) for name, value in READER.items()]
    scope = {"type": "http", "method": "POST", "path": QUERY, "query_string": b"", "root_path": "", "headers": headers}
    slow = asyncio.ensure_future(app(scope, lambda: next(reads)(), _discard))
    await asyncio.sleep(0)
    refused = await call(app, "POST", path, b" " * 2000, READER)
    assert (refused.status, refused.headers["retry-after"]) == (429, "1")
    release.set()
    await slow
    assert (await call(app, "POST", path, b" " * 2000, READER)).status == 400


@pytest.mark.parametrize(("headers", "most"), [({}, 1), (READER, 0)], ids=["a stranger", "an owner"])
async def test_bodies_of_strangers_that_never_end_leave_room_for_a_login(headers: dict[str, str], most: int) -> None:
    """Theirs give way to a stranger's, and an owner's counts elsewhere."""
    app = fastapi_part()
    gave_way: list[bool] = []

    def refuse() -> bool:
        gave_way.append(True)
        return True

    scope = {"type": "http", "method": "POST", "path": LOGIN, "query_string": b"", "root_path": "", REFUSE: refuse}

    def endless() -> Callable[[], Awaitable[Message]]:
        pieces = iter([piece(b" " * MAX_OPEN_BODY_BYTES, True)])

        async def receive() -> Message:
            for begun in pieces:
                return begun
            await asyncio.Event().wait()
            return {}

        return receive

    slow = [
        asyncio.ensure_future(app(scope | {"headers": []}, endless(), _discard))
        for _ in range(OPEN_BYTES_AT_ONCE // MAX_OPEN_BODY_BYTES)
    ]
    await asyncio.sleep(0)
    answer = await call(app, "POST", LOGIN, b" " * MAX_OPEN_BODY_BYTES, headers)
    for task in slow:
        task.cancel()
    await asyncio.gather(*slow, return_exceptions=True)
    assert answer.status == 400
    assert len(gave_way) == most


async def _discard(_: object) -> None:
    pass


DEEP = b'{"filters":{"quiz_id":' + b"[" * 500_000 + b"]" * 500_000 + b"}}"
FIELDS = json.dumps(dict.fromkeys(range(80_000), 0)).encode()


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [("POST", QUERY, READER), ("PUT", f"/api/catalog/classrooms/{ID}/students", WRITER)],
)
@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"measures":[' + b"0," * 500_000 + b"0]}", id="numbers"),
        pytest.param(b"[" + b"0," * 500_000 + b"0]", id="a list of numbers"),
        pytest.param(b"[" + b"[]," * 340_000 + b"[]]", id="lists"),
        pytest.param(b"[" + b"{}," * 340_000 + b"{}]", id="objects"),
        pytest.param(FIELDS, id="fields"),
        pytest.param(DEEP, id="depth"),
        pytest.param(b"[" + b"9" * 1_000_000 + b"]", id="digits"),
        pytest.param(b'["' + b"\\u0000" * 170_000 + b'"]', id="escapes"),
    ],
)
async def test_the_worst_body_is_refused_in_no_time_and_few_words(
    method: str, path: str, headers: dict[str, str], body: bytes
) -> None:
    assert len(body) < MAX_BODY_BYTES
    app = fastapi_part()
    started = time.process_time()
    answer = await call(app, method, path, body, headers)
    assert time.process_time() - started < READ_SECONDS
    assert answer.status in (400, 413)
    assert len(answer.body) < 20_000


async def test_the_longest_roster_is_within_the_bound() -> None:
    app = fastapi_part()
    name = "Smith, John [7b], {guest}, x"
    roster = [{"student_id": str(uuid4()), "name": f"{name} {number}"} for number in range(5000)]
    body = json.dumps(roster).encode()
    answer = await call(app, "PUT", f"/api/catalog/classrooms/{ID}/students", body, WRITER)
    # It is read whole, and found good; then the database is down.
    assert answer.status == 503


TOO_MANY: dict[str, Any] = {
    "measures": ["speed"] * 5000,
    "dimensions": ["school"] * 5000,
    "filters": {f"school {number}": "x" for number in range(5000)},
    "order_by": [{"field": "speed"}] * 5000,
    "time_range": {f"field {number}": 0 for number in range(5000)},
}


@pytest.mark.parametrize("field", sorted(TOO_MANY))
async def test_every_list_of_a_query_has_a_length(field: str) -> None:
    app = fastapi_part()
    body = json.dumps({"measures": ["total_answers"]} | {field: TOO_MANY[field]}).encode()
    answer = await call(app, "POST", QUERY, body, READER)
    assert answer.status == 400
    assert [detail["field"] for detail in answer.json["details"]] == [field]


NAMES = st.text(max_size=300) | st.just("\ud800") | st.just("x" * 5000)


@given(
    st.dictionaries(NAMES, st.none() | st.integers() | st.text(), max_size=19)
    | st.fixed_dictionaries({"order_by": st.lists(st.dictionaries(NAMES, st.integers(), max_size=19), max_size=50)})
)
async def test_an_error_names_at_most_50_fields_and_is_not_large(asked: dict[str, Any]) -> None:
    app = fastapi_part()
    answer = await call(app, "POST", QUERY, json.dumps(asked).encode(), READER)
    assert answer.status == 400
    assert len(answer.json["details"]) <= 50
    assert len(answer.body) < 40_000
