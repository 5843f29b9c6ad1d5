"""The catalog: names, rosters and answer keys, in any order relative to events."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import aiohttp
import asyncpg
import pytest
from integration.api.sending import new_event
from services import Api, token

from ingestor_common.events import parse
from ingestor_common.store import regrades
from ingestor_common.store.pool import open_pool
from ingestor_common.store.writer import Writer

# Tests are named after their parameters, which therefore are the same in every worker.
SOME_ID = "8d1f0f5e-3c55-4b44-9f0b-6e6f0c3f7a11"


async def ask(
    http: aiohttp.ClientSession, api: Api, method: str, path: str, body: Any = None
) -> tuple[int, dict[str, Any]]:
    async with http.request(method, f"{api.url}/api/catalog/{path}", json=body) as response:
        return response.status, await response.json()


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("quizzes", {"title": "Fractions", "description": "Halves and thirds"}),
        ("questions", {"quiz_id": str(uuid4()), "text": "1/2 + 1/3?", "correct_answer": "5/6"}),
        ("classrooms", {"name": "4b"}),
    ],
)
async def test_what_was_put_is_what_is_got_and_may_be_put_again(
    http: aiohttp.ClientSession, api: Api, kind: str, body: dict[str, Any]
) -> None:
    path = f"{kind}/{uuid4()}"
    assert (await ask(http, api, "GET", path))[0] == 404
    for _ in range(2):
        status, put = await ask(http, api, "PUT", path, body)
        assert status == 200
        assert body.items() <= put.items()
    assert await ask(http, api, "GET", path) == (200, put)


async def test_a_roster_replaces_the_one_before(http: aiohttp.ClientSession, api: Api) -> None:
    path = f"classrooms/{uuid4()}/students"
    first, second, third = (str(uuid4()) for _ in range(3))
    await ask(http, api, "PUT", path, [{"student_id": first, "name": "Zoe"}, {"student_id": second}])
    status, body = await ask(http, api, "PUT", path, [{"student_id": third, "name": "Ada"}, {"student_id": first}])
    assert status == 200
    assert body["students"] == [{"student_id": third, "name": "Ada"}, {"student_id": first, "name": "Zoe"}]
    assert (await ask(http, api, "GET", path))[1] == body


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("quizzes/not-a-uuid", {"title": "x"}, "quiz_id"),
        (f"quizzes/{SOME_ID}", {}, "title"),
        (f"quizzes/{SOME_ID}", {"title": "a\u0000b"}, "title"),
        (f"quizzes/{SOME_ID}", {"title": "x" * 201}, "title"),
        (f"quizzes/{SOME_ID}", {"title": 7}, "title"),
        (f"questions/{SOME_ID}", {"quiz_id": "x"}, "quiz_id"),
        (f"questions/{SOME_ID}", {"quiz_id": str(uuid4()), "correct_answer": ""}, "correct_answer"),
        (f"classrooms/{SOME_ID}/students", [{"student_id": "x"}], "0.student_id"),
        (f"classrooms/{SOME_ID}/students", {}, "body"),
    ],
)
async def test_bad_input_is_400_with_the_field_named(
    http: aiohttp.ClientSession, api: Api, path: str, body: Any, field: str
) -> None:
    status, error = await ask(http, api, "PUT", path, body)
    assert status == 400
    assert [detail["field"] for detail in error["details"]] == [field]


async def test_the_words_for_bad_input_are_ours(http: aiohttp.ClientSession, api: Api) -> None:
    _, error = await ask(http, api, "PUT", f"quizzes/{SOME_ID}", {"title": "a\u0000b"})
    assert error["error"] == "title: must not contain the character U+0000"


async def test_a_student_listed_twice_is_400(http: aiohttp.ClientSession, api: Api) -> None:
    student = {"student_id": str(uuid4())}
    status, error = await ask(http, api, "PUT", f"classrooms/{uuid4()}/students", [student, student])
    assert status == 400
    assert error["details"][0]["field"] == "student_id"


async def test_readers_may_get_and_not_put(http: aiohttp.ClientSession, api: Api) -> None:
    path = f"quizzes/{uuid4()}"
    await ask(http, api, "PUT", path, {"title": "x"})
    http.headers["Authorization"] = f"Bearer {token('READ')}"
    assert (await ask(http, api, "GET", path))[0] == 200
    assert (await ask(http, api, "PUT", path, {"title": "y"}))[0] == 403


async def test_a_key_of_a_question_that_many_sessions_answered_is_applied_soon(
    http: aiohttp.ClientSession, api: Api, api_database: str
) -> None:
    question, sessions = str(uuid4()), regrades.MAX_AT_ONCE + 10
    events = [new_event(question_id=question, answer="7", session_id=str(uuid4())) for _ in range(sessions)]
    connection = await asyncpg.connect(api_database)
    writer = await open_pool(api_database, max_size=1, application_name="test", command_timeout=30)

    async def correct() -> int:
        found: int = await connection.fetchval(
            "SELECT coalesce(sum(correct), 0)::int FROM session_questions WHERE question_id = $1", question
        )
        return found

    try:
        now = datetime.now(UTC)
        await Writer(writer).write([parse(json.dumps(event).encode(), now) for event in events])
        body = {"quiz_id": str(uuid4()), "correct_answer": "7"}
        assert (await ask(http, api, "PUT", f"questions/{question}", body))[0] == 200
        async with asyncio.timeout(30):
            while True:
                if await correct() == sessions:
                    break
                await asyncio.sleep(0.1)
    finally:
        await connection.close()
        await writer.close()
