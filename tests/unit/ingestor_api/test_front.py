"""POST /api/events from the first byte to the last: who may send, what is read, what is answered."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from services import token
from unit.ingestor_api.asgi import call
from unit.ingestor_api.keeping import READER, WRITER, Keeper, answer_event, front_over

from ingestor_api.front import Front
from ingestor_api.receipts import DirectReceipt, Refused, Unavailable
from ingestor_api.single import MAX_EVENT_BYTES
from ingestor_common.events import Event

EVENTS = "/api/events"


def piece(body: bytes, more: bool) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


@asynccontextmanager
async def waiting_request(front: Front, path: str, length: int, come: bytes = b"") -> AsyncIterator[None]:
    """A writer's request that announces a body of `length`, of which this has come, and waits for the rest inside."""
    release = asyncio.Event()
    first = [piece(come, True)] if come else []

    async def receive() -> dict[str, Any]:
        if first:
            return first.pop()
        await release.wait()
        return piece(b"{}", False)

    async def discard(_: object) -> None:
        pass

    sent = [(b"authorization", WRITER["Authorization"].encode()), (b"content-length", b"%d" % length)]
    scope = {"type": "http", "method": "POST", "path": path, "headers": sent}
    request = asyncio.create_task(front(scope, receive, discard))
    await asyncio.sleep(0)
    yield
    release.set()
    await request


async def test_an_event_that_is_durable_is_answered_201_with_its_own_time_and_the_path_it_took() -> None:
    keeper = Keeper()
    event = answer_event("test-001") | {"timestamp": "2026-09-01T10:30:00+02:00"}
    answer = await call(front_over(keeper), "POST", EVENTS, json.dumps(event).encode(), WRITER)
    assert answer.status == 201
    assert answer.json == {
        "message": "event accepted",
        "event_id": "test-001",
        "timestamp": "2026-09-01T08:30:00Z",
        "mode": "direct",
        "receipt": {"stored": True, "duplicate": False},
    }
    assert answer.headers["content-length"] == str(len(answer.body))
    assert [kept.event_id for kept in keeper.kept] == ["test-001"]


async def test_the_request_id_comes_back_in_the_header_and_in_errors() -> None:
    answer = await call(front_over(Keeper()), "POST", EVENTS, b"{}", WRITER | {"X-Request-ID": "app-42"})
    assert answer.headers["x-request-id"] == answer.json["request_id"] == "app-42"


@pytest.mark.parametrize(
    ("headers", "status", "says"),
    [
        ({}, 401, "token is required"),
        ({"Authorization": "Bearer "}, 401, "not valid"),
        ({"Authorization": "Basic d3JpdGVyOnRlc3Q="}, 401, "Bearer <token>"),
        ({"Authorization": f"Bearer {token('WRITE', exp=1)}"}, 401, "expired"),
        (READER, 403, "scope WRITE"),
    ],
)
async def test_who_may_not_write_is_refused_before_the_body_is_read(
    headers: dict[str, str], status: int, says: str
) -> None:
    # No body message at all: reading one would fail the test.
    answer = await call(front_over(Keeper()), "POST", EVENTS, [], headers)
    assert answer.status == status
    assert says in answer.json["error"]


async def test_a_declared_length_beyond_the_bound_is_413_before_the_body_is_read() -> None:
    headers = WRITER | {"Content-Length": str(MAX_EVENT_BYTES + 1)}
    answer = await call(front_over(Keeper()), "POST", EVENTS, [], headers)
    assert answer.status == 413


async def test_a_body_without_a_length_is_read_up_to_the_bound_and_no_further() -> None:
    half = b" " * (MAX_EVENT_BYTES // 2 + 1)
    # A third read would fail the test.
    answer = await call(front_over(Keeper()), "POST", EVENTS, [piece(half, True), piece(half, True)], WRITER)
    assert answer.status == 413
    assert answer.json["details"][0]["field"] == "body"


async def test_a_body_in_pieces_is_put_together() -> None:
    body = json.dumps(answer_event()).encode()
    pieces = [piece(body[:10], True), piece(body[10:50], True), piece(body[50:], True), piece(b"", False)]
    assert (await call(front_over(Keeper()), "POST", EVENTS, pieces, WRITER)).status == 201


@pytest.mark.parametrize("before", [[], [piece(b'{"event_id"', True)]])
async def test_a_client_that_goes_away_before_its_request_is_complete_gets_nothing_and_leaves_nothing(
    before: list[dict[str, Any]],
) -> None:
    keeper = Keeper()
    front = front_over(keeper, at_once=1)
    for _ in range(3):
        answer = await call(front, "POST", EVENTS, [*before, {"type": "http.disconnect"}], WRITER)
        assert answer.status == 0
    assert keeper.kept == []
    # Its place among the requests worked on at once is free again.
    assert (await call(front, "POST", EVENTS, json.dumps(answer_event()).encode(), WRITER)).status == 201


class SlowKeeper(Keeper):
    """Keeps nothing until it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.release = asyncio.Event()

    def write(self, event: Event) -> "asyncio.Future[DirectReceipt]":
        return asyncio.ensure_future(self._write(event))

    async def _write(self, event: Event) -> DirectReceipt:
        await self.release.wait()
        return await super().write(event)


async def test_beyond_the_bound_of_requests_at_once_429_comes_at_once() -> None:
    keeper = SlowKeeper()
    front = front_over(keeper, at_once=1)
    event = json.dumps(answer_event()).encode()
    at_work = asyncio.create_task(call(front, "POST", EVENTS, event, WRITER))
    await asyncio.sleep(0)
    # No body message at all: reading one would fail the test.
    answer = await call(front, "POST", EVENTS, [], WRITER)
    assert (answer.status, answer.headers["retry-after"]) == (429, "1")
    keeper.release.set()
    assert (await at_work).status == 201


@pytest.mark.parametrize("path", [EVENTS, "/api/events/batch"])
async def test_who_announces_a_body_and_sends_nothing_takes_no_room_from_others(path: str) -> None:
    front = front_over(Keeper(), at_once=1, bodies=1000)
    events = json.dumps(answer_event() if path == EVENTS else [answer_event()]).encode()
    async with AsyncExitStack() as announced:
        for _ in range(5):
            await announced.enter_async_context(waiting_request(front, path, 1000))
        answer = await call(front, "POST", path, events, WRITER | {"Content-Length": str(len(events))})
    assert answer.status == 201


async def test_bodies_of_both_routes_have_room_for_so_many_bytes_together() -> None:
    front = front_over(Keeper(), bodies=3000)
    async with waiting_request(front, "/api/events/batch", 2502, come=b" " * 2500):
        for length in ({"Content-Length": "600"}, {}):
            answer = await call(front, "POST", EVENTS, b" " * 600, WRITER | length)
            assert (answer.status, answer.headers["retry-after"]) == (429, "1")
    assert (await call(front, "POST", EVENTS, json.dumps(answer_event()).encode(), WRITER)).status == 201


async def test_an_event_no_path_takes_is_503_with_retry_after_and_one_the_database_refuses_is_400() -> None:
    keeper = Keeper()
    keeper.answers = {"down": Unavailable("both stores are down"), "bad": Refused("value too long")}
    front = front_over(keeper)
    down = await call(front, "POST", EVENTS, json.dumps(answer_event("down")).encode(), WRITER)
    assert (down.status, down.headers["retry-after"]) == (503, "1")
    bad = await call(front, "POST", EVENTS, json.dumps(answer_event("bad")).encode(), WRITER)
    assert bad.status == 400
    assert "value too long" in bad.json["error"]


@pytest.mark.parametrize(("method", "path"), [("GET", EVENTS), ("POST", "/api/events/"), ("POST", "/api/auth/login")])
async def test_everything_else_passes_through(method: str, path: str) -> None:
    assert (await call(front_over(Keeper()), method, path)).status == 299


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


def _as_sent(value: object) -> bytes:
    return json.dumps(value).encode()


CHANGED_FIELD = st.tuples(st.sampled_from(sorted(answer_event())), JSON_VALUES).map(
    lambda change: _as_sent(answer_event("fixed") | {change[0]: change[1]})
)


@given(st.binary() | JSON_VALUES.map(_as_sent) | CHANGED_FIELD)
async def test_whatever_is_sent_the_answer_is_201_or_a_400_that_says_why(body: bytes) -> None:
    for path in (EVENTS, "/api/events/batch"):
        answer = await call(front_over(Keeper()), "POST", path, body, WRITER)
        assert answer.status in (201, 400)
        if answer.status == 400:
            assert answer.json["error"]
            assert answer.json["request_id"]
