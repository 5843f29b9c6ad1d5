"""What is wrong with a body is said in our words, whatever the validation library would say."""

import json
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from services import token
from unit.ingestor_api.asgi import call
from unit.ingestor_api.fastapi_part import fastapi_part

from ingestor_api.reports.query.measures import MEASURES

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
FIELDS: Final = ("measures", "dimensions", "filters", "time_range", "limit", "order_by")


async def refusal(path: str, body: object) -> str:
    """What the answer says; empty for a body that is not refused as such."""
    headers = {"Authorization": f"Bearer {token('READ')}", "Content-Type": "application/json"}
    answer = await call(fastapi_part(), "POST", path, json.dumps(body).encode(), headers)
    return str(answer.json["error"]) if answer.status == 400 else ""


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (ASKED | {"foo": 1}, "foo: is not known here; leave it out"),
        (ASKED | {"time_range": {"from": 1}}, "time_range.from: is not known here; leave it out"),
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
