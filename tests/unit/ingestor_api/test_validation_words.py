"""What is wrong with a body is said in our words, whatever the validation library would say."""

import json
from collections.abc import Iterator
from itertools import chain
from typing import Annotated, Any, Final, get_args, get_origin

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError
from services import token
from unit.ingestor_api.asgi import call
from unit.ingestor_api.fastapi_part import fastapi_alone, fastapi_part

from ingestor_api.auth.routes import SignupRequest
from ingestor_api.catalog import QuestionRequest
from ingestor_api.reports.query.measures import MEASURES
from ingestor_api.reports.query.request import QueryRequest

QUERY: Final = "/api/reports/query"
ASKED: Final[dict[str, Any]] = {"measures": ["total_answers"]}
LIBRARY: Final = (
    "should",
    "Field required",
    "Extra inputs",
    "dictionary",
    "after validation",
    "Value error",
    "pattern",
)
ANYTHING: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
FIELDS: Final = tuple(QueryRequest.model_fields)


async def refusal(path: str, body: object, method: str = "POST") -> str:
    """What the answer says; empty for a body that is not refused as such."""
    headers = {"Authorization": f"Bearer {token('READ', 'WRITE')}", "Content-Type": "application/json"}
    answer = await call(fastapi_part(), method, path, json.dumps(body).encode(), headers)
    return str(answer.json["error"]) if answer.status == 400 else ""


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (ASKED | {"foo": 1}, f"foo: is not known here; known: {', '.join(FIELDS)}"),
        (ASKED | {"limt": 1}, f"limt: is not known here; did you mean limit? known: {', '.join(FIELDS)}"),
        ({"measure": ["a"]}, f"measure: is not known here; did you mean measures? known: {', '.join(FIELDS)}"),
        (ASKED | {"time_range": {"from": 1}}, "time_range.from: is not known here; known: start, end"),
        (
            ASKED | {"order_by": [{"field": "total_answers"}, {"field": "a", "ordr": "DESC"}]},
            "order_by.1.ordr: is not known here; did you mean order? known: field, order",
        ),
        (
            ASKED | {"order_by": [{"fields": "a"}]},
            "order_by.0.field: is missing; did you mean it by fields?; "
            "order_by.0.fields: is not known here; did you mean field? known: field, order",
        ),
        (ASKED | {"time_range": "7d"}, "time_range: must be an object"),
        (ASKED | {"filters": []}, "filters: must be an object"),
        (ASKED | {"limit": "5"}, "limit: must be an integer"),
        (
            ASKED | {"order_by": [{"field": "total_answers", "order": "desc"}]},
            "order_by.0.order: must be 'ASC' or 'DESC'",
        ),
        ({}, f"measures needs one or more of {', '.join(MEASURES)}"),
        ({"measures": "total_answers"}, "measures: must be a list"),
        ({"measures": ["total_answers"] * 28}, "measures: must have at most 27 items, not 28"),
    ],
)
async def test_a_query_that_cannot_be_is_told_what_to_mend(body: object, words: str) -> None:
    assert await refusal(QUERY, body) == words


ID: Final = "3fa85f64-5717-4562-b3fc-2c963f66afa6"


@pytest.mark.parametrize(
    ("method", "path", "body", "words"),
    [
        (
            "POST",
            "/api/auth/login",
            {"emial": "a@b.example", "password": "x"},
            "email: is missing; did you mean it by emial?",
        ),
        (
            "POST",
            "/api/auth/login",
            {"email": "a@b.example", "pasword": "x"},
            "password: is missing; did you mean it by pasword?",
        ),
        (
            "POST",
            "/api/auth/signup",
            {"nmae": "A", "email": "a@b.example", "password": "secret", "role": "reader"},
            "name: is missing; did you mean it by nmae?",
        ),
        ("PUT", f"/api/catalog/quizzes/{ID}", {"titel": "A"}, "title: is missing; did you mean it by titel?"),
        ("PUT", f"/api/catalog/questions/{ID}", {"quizid": ID}, "quiz_id: is missing; did you mean it by quizid?"),
        ("PUT", f"/api/catalog/classrooms/{ID}", {"title": "A"}, "name: is missing"),
        (
            "PUT",
            f"/api/catalog/classrooms/{ID}/students",
            [{"student_id": ID}, {"studentId": ID}],
            "1.student_id: is missing; did you mean it by studentId?",
        ),
    ],
)
async def test_a_misspelt_name_is_told_beside_the_field_that_is_missing(
    method: str, path: str, body: object, words: str
) -> None:
    assert await refusal(path, body, method) == words


@given(field=st.sampled_from(FIELDS) | st.text(max_size=5), value=ANYTHING)
@settings(max_examples=150)
async def test_no_query_is_refused_in_the_words_of_a_library(field: str, value: object) -> None:
    said = await refusal(QUERY, ASKED | {field: value})
    assert not [word for word in LIBRARY if word in said.replace(field, "")], said


@given(field=st.sampled_from(["name", "email", "password"]), value=ANYTHING)
@settings(max_examples=60)
async def test_no_account_is_refused_in_the_words_of_a_library(field: str, value: object) -> None:
    body = {"name": "Ada", "email": "ada@school.example", "password": "test", "role": "boss"} | {field: value}
    said = await refusal("/api/auth/signup", body)
    assert "role: must be 'writer' or 'reader'" in said
    assert not [word for word in LIBRARY if word in said], said


def parts_of(annotation: Any, seen: set[Any]) -> Iterator[Any]:
    """The type, the types that it is made of, and those of the fields of its models."""
    yield annotation
    arguments = get_args(annotation)[:1] if get_origin(annotation) is Annotated else get_args(annotation)
    for argument in (argument for argument in arguments if isinstance(argument, type) or get_origin(argument)):
        yield from parts_of(argument, seen)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel) and annotation not in seen:
        seen.add(annotation)
        for field in annotation.model_fields.values():
            yield from parts_of(field.rebuild_annotation(), seen)


def annotations_of(dependant: Dependant) -> Iterator[Any]:
    """The types of all parameters and bodies of a route, and of what it depends on."""
    of_route = (dependant.body_params, dependant.query_params, dependant.path_params, dependant.header_params)
    for parameter in chain(*of_route):
        yield parameter.field_info.rebuild_annotation()
    for inner in dependant.dependencies:
        yield from annotations_of(inner)


def all_parts() -> list[Any]:
    """Of everything that a request may hold, whatever the route."""
    seen: set[Any] = set()
    parts: list[Any] = []
    for context in iter_route_contexts(fastapi_alone().routes):
        if isinstance(context.original_route, APIRoute):
            for annotation in annotations_of(context.original_route.dependant):
                parts += parts_of(annotation, seen)
    assert {SignupRequest, QuestionRequest, QueryRequest} <= seen
    return parts


def said_of(part: Any, text: str) -> list[str]:
    try:
        TypeAdapter(part).validate_python(text)
    except ValidationError as error:
        return [fault["msg"] for fault in error.errors()]
    return []


@pytest.mark.parametrize("text", ["", " ", "x" * 300, "x" * 2000, "x" * 20_000], ids=len)
def test_the_length_of_a_text_is_told_in_characters(text: str) -> None:
    for part in all_parts():
        assert [words for words in said_of(part, text) if "item" in words] == [], part


@pytest.mark.parametrize(
    ("answer", "words"),
    [("", "must have at least 1 character"), ("x" * 1100, "must have at most 1024 characters")],
    ids=["none", "many"],
)
async def test_a_key_that_is_too_short_or_too_long_is_told_so_in_characters(answer: str, words: str) -> None:
    body = {"quiz_id": "3fa85f64-5717-4562-b3fc-2c963f66afa6", "correct_answer": answer}
    assert await refusal(f"/api/catalog/questions/{body['quiz_id']}", body, "PUT") == f"correct_answer: {words}"
