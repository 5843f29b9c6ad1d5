"""The OpenAPI document describes every route, the hand-routed ones too."""

from typing import Any

import jsonschema
import pytest

from ingestor_api.app import build_fastapi

DOCUMENT: dict[str, Any] = build_fastapi().openapi()
OPERATIONS = [
    pytest.param(operation, id=f"{method} {path}")
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("post", "/api/events"),
        ("post", "/api/events/batch"),
        ("get", "/api/events/{event_id}"),
        ("post", "/api/auth/signup"),
        ("post", "/api/auth/login"),
        ("put", "/api/catalog/quizzes/{quiz_id}"),
        ("put", "/api/catalog/classrooms/{classroom_id}/students"),
        ("get", "/healthz"),
        ("get", "/readyz"),
    ],
)
def test_the_route_is_described(method: str, path: str) -> None:
    assert method in DOCUMENT["paths"][path]


def test_it_says_that_an_empty_roster_is_as_none() -> None:
    operation = DOCUMENT["paths"]["/api/catalog/classrooms/{classroom_id}/students"]["put"]
    assert "An empty roster is as none" in operation["description"]


@pytest.mark.parametrize("operation", OPERATIONS)
def test_bad_input_is_400_never_422(operation: dict[str, Any]) -> None:
    assert "422" not in operation["responses"]


@pytest.mark.parametrize(
    ("method", "path", "statuses"),
    [
        ("get", "/api/events/{event_id}", {"404"}),
        ("get", "/api/catalog/quizzes/{quiz_id}", {"404"}),
        ("get", "/api/catalog/questions/{question_id}", {"404"}),
        ("get", "/api/catalog/classrooms/{classroom_id}", {"404"}),
        ("post", "/api/auth/login", {"401", "403"}),
        ("post", "/api/auth/signup", {"403", "409"}),
    ],
)
def test_the_errors_of_a_route_of_its_own_are_described(method: str, path: str, statuses: set[str]) -> None:
    assert statuses <= DOCUMENT["paths"][path][method]["responses"].keys()


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_error_has_the_one_body(operation: dict[str, Any]) -> None:
    for status, response in operation["responses"].items():
        if status >= "400":
            assert response["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/ErrorBody"}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_error_has_an_example_that_is_valid(operation: dict[str, Any]) -> None:
    for status, response in operation["responses"].items():
        if status >= "400":
            content = response["content"]["application/json"]
            for example in content["examples"].values():
                jsonschema.validate(example["value"], content["schema"] | {"components": DOCUMENT["components"]})
                named = {fault["field"] for fault in example["value"].get("details", ())}
                assert named <= _fields(operation) | {"body", "Content-Encoding"}, status


def _fields(operation: dict[str, Any]) -> set[str]:
    """The names of all that the operation takes."""
    parameters = {one["name"] for one in operation.get("parameters", ())}
    schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    name = schema.get("$ref", "").rpartition("/")[2]
    described = DOCUMENT["components"]["schemas"].get(name, {})
    variants = [described, *described.get("anyOf", ()), *described.get("oneOf", ())]
    return parameters | {field for one in variants for field in one.get("properties", ())}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_only_what_stores_events_speaks_of_durable_paths(operation: dict[str, Any]) -> None:
    stores = operation["tags"] == ["events"] and "requestBody" in operation
    told = operation["responses"].get("503", {}).get("description", "")
    assert operation["tags"] == ["health"] or ("durable path" in told) == stores


@pytest.mark.parametrize("path", ["/api/events", "/api/events/batch", "/api/auth/login", "/api/auth/signup"])
def test_the_requests_of_events_and_logins_have_examples_that_are_valid(path: str) -> None:
    content = DOCUMENT["paths"][path]["post"]["requestBody"]["content"]["application/json"]
    schema = content["schema"] | {"components": DOCUMENT["components"]}
    examples = [example["value"] for example in content.get("examples", {}).values()]
    name = content["schema"].get("$ref", "").rpartition("/")[2]
    examples += DOCUMENT["components"]["schemas"].get(name, {}).get("examples", [])
    assert examples
    for example in examples:
        jsonschema.validate(example, schema)


@pytest.mark.parametrize("path", ["/api/events", "/api/events/batch"])
def test_the_answers_of_the_event_routes_have_examples_that_are_valid(path: str) -> None:
    for response in DOCUMENT["paths"][path]["post"]["responses"].values():
        content = response["content"]["application/json"]
        for example in content["examples"].values():
            jsonschema.validate(example["value"], content["schema"] | {"components": DOCUMENT["components"]})


def test_an_answer_without_its_student_is_not_a_valid_event() -> None:
    schema = {"$ref": "#/components/schemas/Event", "components": DOCUMENT["components"]}
    content = DOCUMENT["paths"]["/api/events"]["post"]["requestBody"]["content"]["application/json"]
    answer = dict(content["examples"]["answer submitted"]["value"])
    del answer["student_id"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(answer, schema)
