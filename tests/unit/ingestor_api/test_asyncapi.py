"""docs/asyncapi.yaml says what the code does."""

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from ingestor_api.asyncapi import document, rendered
from ingestor_common import records

DOCUMENT = document()
FILE = Path(__file__).parents[3] / "docs" / "asyncapi.yaml"


def resolved(reference: str) -> Any:
    value: Any = DOCUMENT
    for part in reference.removeprefix("#/").split("/"):
        value = value[part]
    return value


def references(value: Any) -> list[str]:
    if isinstance(value, dict):
        found = [value["$ref"]] if "$ref" in value else []
        return found + [reference for inner in value.values() for reference in references(inner)]
    return [reference for inner in value for reference in references(inner)] if isinstance(value, list) else []


def test_the_file_is_what_the_code_generates() -> None:
    assert FILE.read_text() == rendered(), "run: python -m ingestor_api.asyncapi > docs/asyncapi.yaml"
    assert yaml.safe_load(FILE.read_text()) == DOCUMENT


def test_every_reference_leads_somewhere() -> None:
    assert references(DOCUMENT)
    for reference in references(DOCUMENT):
        assert resolved(reference)


def test_both_topics_are_described_with_key_headers_and_payload() -> None:
    assert [channel["address"] for channel in DOCUMENT["channels"].values()] == ["quiz-events", "quiz-events.dlq"]
    for message in DOCUMENT["components"]["messages"].values():
        assert message["bindings"]["kafka"]["key"]
        assert {records.EVENT_TYPE_HEADER, records.REQUEST_ID_HEADER} <= message["headers"]["properties"].keys()
        assert message["payload"]


@pytest.mark.parametrize("example", DOCUMENT["components"]["messages"]["quizEvent"]["examples"])
def test_the_examples_are_valid_payloads(example: dict[str, Any]) -> None:
    schema = {"$ref": "#/components/schemas/Event", "components": DOCUMENT["components"]}
    jsonschema.validate(example["payload"], schema)
