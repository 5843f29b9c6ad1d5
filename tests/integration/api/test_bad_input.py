"""Bad input over real HTTP: 400 or 413 with the field named, never 500."""

import asyncio
import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from integration.api.raw_http import Answer, exchange
from integration.api.sending import Sender, new_event
from services import Api, token

TOMORROW_NIGHT = (datetime.now(UTC) + timedelta(hours=25)).isoformat()
QUIZ = "7b0e7a5e-6a65-4b5c-9b67-1b1b7d5e1a12"
REQUIRED = ["event_id", "event_type", "timestamp", "session_id", "quiz_id", "classroom_id"]
REQUIRED_OF_ANSWERS = ["question_id", "student_id", "answer"]


@pytest.mark.parametrize("field", REQUIRED + REQUIRED_OF_ANSWERS)
@pytest.mark.parametrize("fault", ["missing", "null", "wrong type"])
async def test_a_field_that_is_missing_or_of_the_wrong_type_is_named(sender: Sender, field: str, fault: str) -> None:
    event = new_event()
    if fault == "missing":
        del event[field]
    else:
        event[field] = None if fault == "null" else {"a": 1}
    await require_named(sender, event, field)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("event_id", ""),
        ("event_id", "a" * 129),
        ("event_id", "a\nb"),
        ("event_id", "a\u0000b"),
        ("event_type", "QUIZ_ENDED"),
        ("timestamp", "2026-09-01T08:30:00"),
        pytest.param("timestamp", TOMORROW_NIGHT, id="timestamp-tomorrow night"),
        ("timestamp", "yesterday"),
        ("timestamp", 1756715400),
        ("timestamp", "0001-01-01T00:00:00+23:59"),
        ("session_id", "not-a-uuid"),
        ("student_id", "900e8400-e29b-41d4-a716-44665544000"),
        ("answer", "x" * 1025),
        ("answer", "a\u0000b"),
        ("timer_sec", 0),
        ("timer_sec", 86_401),
        ("timer_sec", 1.5),
        ("timer_sec", 10**30),
        ("response_time_ms", -1),
        ("response_time_ms", 86_400_001),
        ("correct_answer", "B"),
    ],
)
async def test_a_value_out_of_bounds_is_named(sender: Sender, field: str, value: Any) -> None:
    await require_named(sender, new_event(**{field: value}), field)


async def require_named(sender: Sender, event: dict[str, Any], field: str) -> None:
    sent = await sender.send(event)
    assert sent.status == 400
    assert [detail["field"] for detail in sent.body["details"]] == [field]
    assert field in sent.body["error"]
    assert sent.body["request_id"] == sent.headers["X-Request-ID"]
    status, batch = await sender.send_batch([event])
    assert status == 400
    assert [detail["field"] for detail in batch["details"]] == [f"[0].{field}"]


def post(body: bytes, *headers: str, path: str = "/api/events", length: int | None = None) -> bytes:
    """A request's bytes; without a length, its body is as long as it is."""
    lines = [f"POST {path} HTTP/1.1", "Host: x", f"Authorization: Bearer {token('WRITE')}", *headers]
    if length is None:
        length = len(body)
    if not any(header.lower().startswith("transfer-encoding") for header in headers):
        lines.append(f"Content-Length: {length}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def chunked(*pieces: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in [*pieces, b""])


GOOD = json.dumps(new_event()).encode()


@pytest.mark.parametrize("path", ["/api/events", "/api/events/batch"])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"7",
        b'"text"',
        b"{",
        GOOD[:-5],
        GOOD + b"}",
        GOOD + GOOD,
        b"[" * 50_000,
        b'{"event_id":' * 3_000,
        b'{"a":' + b"[" * 20_000 + b"]" * 20_000 + b"}",
        b"\xff\xfe{}",
        GOOD.replace(b'"B"', b'"\xc3\x28"'),
        GOOD.replace(b'"B"', b'"\\ud800"'),
        b"name=Ada&role=writer",
        b"<event/>",
        b"\x1f\x8b\x08\x00",
        b"NaN",
    ],
)
async def test_a_body_that_is_no_event_is_400_with_words(api: Api, path: str, body: bytes) -> None:
    answer = await exchange(api.port, post(body, path=path))
    assert answer.status == 400
    assert answer.json["error"]
    assert answer.json["request_id"]


async def test_a_good_event_is_taken_whatever_its_content_type_says(api: Api) -> None:
    for content_type in ("application/json; charset=utf-8", "text/plain", "application/x-www-form-urlencoded", "?"):
        answer = await exchange(api.port, post(GOOD, f"Content-Type: {content_type}"))
        assert answer.status == 201


async def test_a_chunked_body_is_taken(api: Api) -> None:
    pieces = chunked(GOOD[:7], GOOD[7:99], GOOD[99:])
    assert (await exchange(api.port, post(pieces, "Transfer-Encoding: chunked"))).status == 201


@pytest.mark.parametrize("path", ["/api/events", "/api/events/batch", "/api/auth/login"])
async def test_a_compressed_body_is_refused_by_the_name_of_its_header(api: Api, path: str) -> None:
    answer = await exchange(api.port, post(gzip.compress(GOOD), "Content-Encoding: gzip", path=path))
    assert answer.status == 400
    assert answer.json["error"] == "the body is encoded as 'gzip'; send it as plain JSON in UTF-8"
    assert answer.json["details"][0]["field"] == "Content-Encoding"


@pytest.mark.parametrize("codings", ["gzip, chunked", "gzip,\tChunked", "gzip\r\nTransfer-Encoding: chunked", "gzip"])
@pytest.mark.parametrize("path", ["/api/events", "/api/events/batch", "/api/auth/login"])
async def test_a_transfer_coding_that_is_not_known_is_refused_before_the_body(
    api: Api, codings: str, path: str
) -> None:
    answer = await exchange(api.port, post(b"", f"Transfer-Encoding: {codings}", path=path))
    assert answer.status == 501
    coding = codings.partition("\r")[0]
    assert answer.json["error"] == (
        f"the transfer coding {coding!r} is not known here; send the body as it is, or in chunks"
    )
    assert answer.headers["connection"] == "close"


OTHER = "Authorization: Bearer x"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/events"),
        ("POST", "/api/events/batch"),
        ("POST", "/api/reports/query"),
        ("POST", "/api/auth/login"),
        ("PUT", "/api/catalog/quizzes/70dec278-800a-467f-a49c-24bd708fa929"),
        ("GET", "/api/events/e-1?session_id=108ded35-2dee-415c-a0d4-ff03cc420bb7"),
        ("GET", "/api/reports/query/model"),
        ("GET", "/nowhere"),
    ],
)
async def test_of_two_tokens_none_is_taken_whatever_the_route(api: Api, method: str, path: str) -> None:
    mine = f"Authorization: Bearer {token('READ', 'WRITE')}"
    for lines in ([mine, OTHER], [OTHER, mine], [mine, mine]):
        head = "\r\n".join([f"{method} {path} HTTP/1.1", "Host: x", *lines, f"Content-Length: {len(GOOD)}"])
        answer = await exchange(api.port, head.encode() + b"\r\n\r\n" + GOOD)
        assert answer.status == 400
        assert answer.json["error"] == "the request has more than one Authorization header; send one"


async def test_a_huge_body_is_413_before_all_of_it_is_sent(api: Api) -> None:
    for path, limit in (("/api/events", 64 * 1024), ("/api/events/batch", 5 * 1024 * 1024)):
        answer = await exchange(api.port, post(b"", path=path, length=limit + 1))
        assert answer.status == 413
        assert answer.json["details"][0]["field"] == "body"
    endless = chunked(b" " * 70_000)[:-5]
    assert (await exchange(api.port, post(endless, "Transfer-Encoding: chunked"))).status == 413


async def test_a_client_that_asks_first_is_told_413_instead_of_to_continue(api: Api) -> None:
    expecting = post(b"", "Expect: 100-continue", length=10_000_000)
    assert (await exchange(api.port, expecting)).status == 413


async def test_a_body_just_within_the_bound_is_taken(api: Api) -> None:
    padded = GOOD + b" " * (64 * 1024 - len(GOOD))
    assert (await exchange(api.port, post(padded))).status == 201


async def test_after_an_error_the_connection_goes_on_to_be_used(api: Api) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", api.port)
    try:
        for body, status in ((b"{}", 400), (b" " * 70_000, 413), (GOOD, 201)):
            writer.write(post(body))
            assert (await Answer.read(reader)).status == status
    finally:
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/events", 405),
        ("DELETE", "/api/events", 405),
        ("PUT", "/api/events/batch", 405),
        ("GET", "/api/nothing", 404),
        ("POST", "/api/events/", 404),
        ("GET", "/api/events/?session_id=900e8400-e29b-41d4-a716-446655440000", 404),
        ("POST", "/nothing", 404),
        ("PATCH", "/api/auth/login", 405),
    ],
)
async def test_unknown_routes_and_methods_are_json_errors(api: Api, method: str, path: str, status: int) -> None:
    answer = await exchange(api.port, f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode())
    assert answer.status == status
    assert answer.json["error"]
    assert answer.json["request_id"] == answer.headers["x-request-id"]
    if status == 405:
        assert answer.headers["allow"]


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/api/events", "POST"),
        ("/api/events/batch", "GET, POST"),
        ("/api/events/test-001", "GET"),
        (f"/api/catalog/quizzes/{QUIZ}", "GET, PUT"),
        (f"/api/catalog/classrooms/{QUIZ}/students", "GET, PUT"),
        ("/api/auth/login", "POST"),
        ("/api/reports/completion-rate", "GET"),
        ("/api/reports/query", "POST"),
        ("/openapi.json", "GET, HEAD"),
        ("/healthz", "GET"),
    ],
)
async def test_allow_names_every_method_of_the_path(api: Api, path: str, allowed: str) -> None:
    answer = await exchange(api.port, f"OPTIONS {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert (answer.status, answer.headers["allow"]) == (405, allowed)


async def test_head_is_405_without_a_body(api: Api) -> None:
    answer = await exchange(
        api.port, b"HEAD /api/events HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", bodyless=True
    )
    assert (answer.status, answer.body) == (405, b"")


@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b"[" * 20_000, b"\xff", b'{"email": "\\ud800"}', b""])
async def test_bad_bodies_of_the_other_routes_are_400_with_the_field_named(api: Api, body: bytes) -> None:
    for path in ("/api/auth/login", "/api/auth/signup"):
        answer = await exchange(api.port, post(body, path=path))
        assert answer.status == 400
        assert answer.json["error"]


async def test_a_huge_body_of_another_route_is_413(api: Api) -> None:
    answer = await exchange(api.port, post(b" " * 1_100_000, path="/api/auth/login"))
    assert answer.status == 413
    assert answer.json["request_id"]
