"""Odd identifiers, numbers, times, texts and bodies wherever a route takes one: taken as meant, or 400 by the field."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import quote

import aiohttp
import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from integration.api.raw_http import exchange
from odd_inputs import BODIES, CODINGS, CONTENT_TYPES, ID, IDS, NUMBERS, TEXTS, TIMES, UNKNOWN, Body, Id
from services import Api, token

from ingestor_api.app import build_fastapi
from ingestor_api.context import MAX_OPEN_BODY_BYTES

BOTH = token("READ", "WRITE")
QUERY = "/api/reports/query"
QUIZ = f"/api/catalog/quizzes/{ID}"
ROSTER = f"/api/catalog/classrooms/{ID}/students"


@pytest.fixture
async def both() -> AsyncIterator[aiohttp.ClientSession]:
    """A client that may read and write."""
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {BOTH}"}) as session:
        yield session


async def ask(
    http: aiohttp.ClientSession, method: str, url: str, body: bytes | None = None, **headers: str
) -> tuple[int, dict[str, Any]]:
    async with http.request(method, url, data=body, headers=headers) as response:
        return response.status, await response.json()


def parameters_of_identifiers() -> list[tuple[str, str, str]]:
    """Method, path and name of every parameter that the document calls a UUID, the others filled in."""
    found = []
    for path, operations in build_fastapi().openapi()["paths"].items():
        for method, operation in operations.items():
            named = [each for each in operation.get("parameters", []) if each["schema"].get("format") == "uuid"]
            found += [(method.upper(), filled(path, named, each["name"]), each["name"]) for each in named]
    return found


def filled(path: str, named: list[dict[str, Any]], odd: str) -> str:
    texts = {each["name"]: "{" + ID + "}" if each["name"] == odd else ID for each in named}
    query = "&".join(f"{each['name']}={quote(texts[each['name']])}" for each in named if each["in"] == "query")
    for name, text in texts.items():
        path = path.replace(f"{{{name}}}", quote(text))
    return f"{path.replace('{event_id}', 'x')}?{query}"


async def test_every_parameter_that_is_called_a_uuid_is_read_so(both: aiohttp.ClientSession, api: Api) -> None:
    parameters = parameters_of_identifiers()
    assert len(parameters) > 30
    for method, path, name in parameters:
        body = b"[]" if path.endswith("/students?") else b'{"title": "x", "name": "x", "quiz_id": "%s"}' % ID.encode()
        status, answer = await ask(both, method, api.url + path, body if method == "PUT" else None)
        assert (status, fields_of(answer)) == (400, [name]), path


def fields_of(answer: dict[str, Any]) -> list[str]:
    return [detail["field"] for detail in answer["details"]]


Request = tuple[str, str, bytes | None, str]
"""A method, a path, a body and the field at fault."""

PLACES: dict[str, Callable[[str], Request]] = (
    {
        "lookup": lambda text: ("GET", f"/api/events/x?session_id={quote(text)}", None, "session_id"),
        "quiz": lambda text: ("PUT", f"/api/catalog/quizzes/{quote(text)}", b'{"title": "x"}', "quiz_id"),
        "a quiz read": lambda text: ("GET", f"/api/catalog/quizzes/{quote(text)}", None, "quiz_id"),
        "question": lambda text: (
            "PUT",
            f"/api/catalog/questions/{quote(text)}",
            json.dumps({"quiz_id": ID}).encode(),
            "question_id",
        ),
        "a question's quiz": lambda text: (
            "PUT",
            f"/api/catalog/questions/{ID}",
            json.dumps({"quiz_id": text}).encode(),
            "quiz_id",
        ),
        "classroom": lambda text: ("PUT", f"/api/catalog/classrooms/{quote(text)}", b'{"name": "x"}', "classroom_id"),
        "roster": lambda text: ("GET", f"/api/catalog/classrooms/{quote(text)}/students", None, "classroom_id"),
        "a roster's student": lambda text: (
            "PUT",
            ROSTER,
            json.dumps([{"student_id": text}]).encode(),
            "0.student_id",
        ),
    }
    | {
        f"report by {name}": lambda text, name=name, report=report: (
            "GET",
            f"/api/reports/{report}&{name}={quote(text)}",
            None,
            name,
        )
        for name, report in {
            "session_id": "completion-rate?",
            "quiz_id": "quiz-summary?",
            "classroom_id": "classroom-overview?",
            "question_id": f"response-rate?session_id={ID}",
            "student_id": f"student-performance?classroom_id={ID}",
        }.items()
    }
    | {
        f"filter by {name}": lambda text, name=name: (
            "POST",
            QUERY,
            json.dumps({"measures": ["total_answers"], "filters": {name: [ID, text]}}).encode(),
            f"filters.{name}",
        )
        for name in ("session_id", "quiz_id", "classroom_id", "teacher_id", "question_id", "student_id")
    }
)


@pytest.mark.parametrize("place", PLACES)
async def test_an_identifier_is_read_in_the_same_way_everywhere(
    both: aiohttp.ClientSession, api: Api, place: str
) -> None:
    for identifier in IDS:
        method, path, body, field = PLACES[place](identifier.text)
        status, answer = await ask(both, method, api.url + path, body)
        if identifier.value is not None:
            assert status in (200, 404), (identifier.text, answer)
            continue
        assert (status, fields_of(answer)) == (400, [field]), (identifier.text, answer)


@pytest.mark.parametrize("written", [b"1", b"null", b"true", b"1e400", b"[]", b"{}", rb'"\ud83d"'])
async def test_an_identifier_in_a_body_is_a_text(both: aiohttp.ClientSession, api: Api, written: bytes) -> None:
    status, answer = await ask(both, "PUT", f"{api.url}{ROSTER}", b'[{"student_id": ' + written + b"}]")
    assert (status, fields_of(answer)) == (400, ["0.student_id"])


async def test_what_is_taken_for_an_identifier_is_the_same_to_postgres(api_database: str) -> None:
    connection = await asyncpg.connect(api_database)
    try:
        for identifier in IDS:
            if identifier.value is not None:
                assert await connection.fetchval("SELECT $1::text::uuid", identifier.text) == identifier.value
    finally:
        await connection.close()


async def test_a_whole_number_of_a_query_may_be_written_with_a_fraction_of_zero(
    both: aiohttp.ClientSession, api: Api
) -> None:
    for number in NUMBERS:
        body = f'{{"measures": ["total_answers"], "limit": {number.text}}}'.encode()
        status, answer = await ask(both, "POST", api.url + QUERY, body)
        is_taken = number.value is not None and 1 <= number.value <= 10_000
        assert status == (200 if is_taken else 400), number.text
        if status == 400:
            assert fields_of(answer)[0] in ("limit", "body"), number.text
    for text, status in (("9.0", 200), ("0.9e1", 200), ("9.5", 400), ("1e400", 400), ('"9"', 400), ("true", 400)):
        body = f'{{"measures": ["total_answers"], "filters": {{"event_hour": [{text}]}}}}'.encode()
        assert (await ask(both, "POST", api.url + QUERY, body))[0] == status, text


async def test_a_time_of_a_query_is_read_as_an_events_is(both: aiohttp.ClientSession, api: Api) -> None:
    for time in TIMES:
        asked = {"measures": ["total_answers"], "time_range": {"start": time.text}}
        status, answer = await ask(both, "POST", api.url + QUERY, json.dumps(asked).encode())
        if time.value is not None:
            assert status == 200, time.text
            read = answer["query"]["time_range"]["start"]
            assert read == time.value.isoformat().replace("+00:00", "Z"), time.text
        else:
            assert (status, fields_of(answer)) == (400, ["time_range.start"]), time.text


async def test_a_text_is_one_that_postgres_can_hold(both: aiohttp.ClientSession, api: Api) -> None:
    for text in TEXTS:
        if text.value is not None and len(text.value) > 200:
            continue
        body = b'{"title": "x", "description": ' + text.written + b"}"
        status, answer = await ask(both, "PUT", api.url + QUIZ, body)
        if text.value is not None:
            assert (status, answer["description"]) == (200, text.value)
        elif text.written.count("💥".encode()) <= 1024:
            assert (status, fields_of(answer)[0] in ("description", "body")) == (400, True), text.written
        body = b'{"measures": ["total_answers"], "filters": {"answer_option": ' + text.written + b"}}"
        status, answer = await ask(both, "POST", api.url + QUERY, body)
        assert status in ((200,) if text.value is not None else (200, 400)), text.written


async def test_a_member_that_nobody_asked_for_is_left_out_where_events_leave_it_out_and_else_named(
    both: aiohttp.ClientSession, api: Api
) -> None:
    for unknown in UNKNOWN:
        status, answer = await ask(both, "PUT", api.url + QUIZ, b'{"title": "x", ' + unknown.written + b"}")
        assert status == (200 if unknown.name is None else 400), unknown.written
        if unknown.name is not None:
            # What is no JSON at all is said of the whole body.
            assert fields_of(answer)[0].startswith(("body", unknown.name)), unknown.written
        login = b'{"email": "x", "password": 7, ' + unknown.written + b"}"
        if len(login) < MAX_OPEN_BODY_BYTES:
            status, again = await ask(both, "POST", f"{api.url}/api/auth/login", login)
            told = ["password"] if unknown.name is None else fields_of(answer)
            assert (status, fields_of(again)) == (400, told), unknown.written
        body = b'{"measures": ["total_answers"], ' + unknown.written + b"}"
        status, answer = await ask(both, "POST", api.url + QUERY, body)
        assert status == 400
        assert fields_of(answer), unknown.written
        body = b'{"measures": ["total_answers"], "filters": {' + unknown.written + b"}}"
        status, answer = await ask(both, "POST", api.url + QUERY, body)
        assert status == 400
        assert fields_of(answer), unknown.written


async def test_a_name_of_any_length_is_said_in_short(both: aiohttp.ClientSession, api: Api) -> None:
    name = json.dumps("x" * 500_000)
    for member in (f"{name}: 1", f'"filters": {{{name}: 1}}', f'"order_by": [{{"field": "x", {name}: 1}}]'):
        body = f'{{"measures": ["total_answers"], {member}}}'.encode()
        status, answer = await ask(both, "POST", api.url + QUERY, body)
        assert status == 400
        assert len(json.dumps(answer["details"])) < 2_000


GOOD_BODIES = {
    # Without a password, so that nobody is locked out.
    ("POST", "/api/auth/login"): b'{"email": "nobody@school.example"}',
    ("PUT", QUIZ): b'{"title": "Br\xc3\xbcche"}',
    ("PUT", ROSTER): json.dumps([{"student_id": ID}]).encode(),
    ("POST", QUERY): b'{"measures": ["total_answers"]}',
}


def was_read(status: int, answer: dict[str, Any]) -> bool:
    """Whether these bodies were read, whatever became of them."""
    return status == 200 or fields_of(answer) == ["password"]


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.name)
async def test_a_body_is_json_in_utf_8_with_or_without_its_mark(
    both: aiohttp.ClientSession, api: Api, body: Body
) -> None:
    for (method, path), good in GOOD_BODIES.items():
        status, answer = await ask(both, method, api.url + path, body.written(good))
        if body.words is None:
            assert was_read(status, answer), answer
            continue
        assert (status, fields_of(answer)) == (400, ["body"])
        assert body.words in answer["error"]


@pytest.mark.parametrize("body", [b"[" * 5_000, b"[" * 501 + b"]" * 501, b"NaN", b"-Infinity", b'"', b" "])
async def test_what_is_no_json_is_told_to_be_none(both: aiohttp.ClientSession, api: Api, body: bytes) -> None:
    for method, path in GOOD_BODIES:
        status, answer = await ask(both, method, api.url + path, body)
        assert (status, fields_of(answer)) == (400, ["body"])
        assert "not JSON in UTF-8" in answer["error"]


async def test_a_body_may_be_called_plain_in_any_case(api: Api) -> None:
    for (method, path), good in GOOD_BODIES.items():
        for coding, is_taken in CODINGS:
            answer = await exchange(api.port, request(method, path, good, f"Content-Encoding: {coding}"))
            assert was_read(answer.status, answer.json) == is_taken, (path, coding)
        twice = request(method, path, good, "Content-Encoding: identity", "Content-Encoding: gzip")
        assert (await exchange(api.port, twice)).status == 400
        for content_type in CONTENT_TYPES:
            answer = await exchange(api.port, request(method, path, good, f"Content-Type: {content_type}"))
            assert was_read(answer.status, answer.json), (path, content_type)


def request(method: str, path: str, body: bytes, *headers: str) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: x", f"Authorization: Bearer {BOTH}", *headers]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}"]).encode("latin-1") + b"\r\n\r\n" + body


ROUTES = [
    *GOOD_BODIES,
    ("POST", "/api/events"),
    ("POST", "/api/events/batch"),
    ("POST", "/api/auth/signup"),
    ("PUT", f"/api/catalog/questions/{ID}"),
    ("PUT", f"/api/catalog/classrooms/{ID}"),
]
KNOWN = st.sampled_from(
    ["measures", "filters", "quiz_id", "answer_option", "event_hour", "limit", "time_range", "start", "title", "name"]
)
pieces = st.one_of(
    st.sampled_from([text.written for text in TEXTS]),
    st.sampled_from([number.text.encode() for number in NUMBERS]),
    st.sampled_from([json.dumps(identifier.text).encode() for identifier in IDS]),
    st.sampled_from([json.dumps(time.text).encode() for time in TIMES]),
    st.text(st.characters()).map(lambda text: json.dumps(text).encode()),
    st.sampled_from([b"null", b"true", b'"total_answers"', b'["total_answers"]']),
)
names = KNOWN.map(lambda name: json.dumps(name).encode()) | st.sampled_from([text.written for text in TEXTS])


def array_of(values: list[bytes]) -> bytes:
    return b"[" + b", ".join(values) + b"]"


def object_of(members: list[tuple[bytes, bytes]]) -> bytes:
    return b"{" + b", ".join(name + b": " + value for name, value in members) + b"}"


written_json = st.recursive(
    pieces,
    lambda inner: (
        st.lists(inner, max_size=4).map(array_of) | st.lists(st.tuples(names, inner), max_size=5).map(object_of)
    ),
    max_leaves=12,
)
dimensions = st.sampled_from(["quiz_id", "teacher_id", "event_hour", "answer_option", "event_date", "correctness_flag"])
filters = st.dictionaries(
    dimensions.map(lambda name: json.dumps(name).encode()), pieces | written_json, max_size=3
).map(lambda chosen: object_of([*chosen.items()]))
asked = filters.map(
    lambda chosen: object_of([(b'"measures"', b'["total_answers"]'), (b'"filters"', chosen)])
) | st.lists(st.tuples(names, written_json), max_size=4).map(
    lambda members: object_of([(b'"measures"', b'["total_answers"]'), *members])
)


@given(st.sampled_from(ROUTES), st.binary(max_size=300) | written_json | asked)
async def test_no_body_of_any_route_is_answered_500(api: Api, route: tuple[str, str], body: bytes) -> None:
    answer = await exchange(api.port, request(*route, body))
    assert answer.status in (200, 201, 400, 401, 403, 409, 429), answer.body
    assert json.loads(answer.body)
    if answer.status == 400:
        assert answer.json["error"]
        assert answer.json["request_id"]


segments = st.text(min_size=1, max_size=40).map(quote) | st.binary(min_size=1, max_size=40).map(quote)
ids = st.sampled_from(IDS).map(lambda identifier: quote(identifier.text, safe="")) | segments
paths = st.one_of(
    st.tuples(ids, ids).map(lambda both: f"/api/events/{both[0]}?session_id={both[1]}"),
    ids.map(lambda text: f"/api/catalog/quizzes/{text}"),
    ids.map(lambda text: f"/api/reports/completion-rate?session_id={text}"),
    segments.map(lambda text: f"/api/reports/quiz-sessions?quiz_id={ID}&page={text}&page_size={text}"),
    segments.map(lambda text: f"/api/reports/active-participants?session_id={ID}&time_range={text}"),
    segments.map(lambda text: f"/api/events/x?session_id={ID}&partition={text}&offset={text}"),
    segments.map(lambda text: f"/api/{text}?{text}={text}"),
)


@given(paths)
async def test_no_path_or_parameter_is_answered_500(api: Api, path: str) -> None:
    answer = await exchange(api.port, request("GET", path, b""))
    assert answer.status in (200, 400, 404, 405), answer.body


def test_the_corpus_has_both_kinds_of_each() -> None:
    for corpus in (IDS, NUMBERS, TIMES, TEXTS):
        assert {part.value is None for part in corpus} == {True, False}
    assert isinstance(IDS[0], Id)
