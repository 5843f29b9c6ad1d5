"""What `kubectl explain` shows of a field is a sentence, its bounds and its default."""

from collections.abc import Iterator

import pytest

from ingestor_operator.crd.definition import definition
from ingestor_operator.crd.structural import Schema
from ingestor_operator.model.spec import Spec

SCHEMA = definition()["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]


def fields(path: str, schema: Schema) -> Iterator[tuple[str, str]]:
    for name, inner in schema.get("properties", {}).items():
        yield f"{path}.{name}", inner.get("description", "")
        yield from fields(f"{path}.{name}", inner)


DESCRIPTIONS = dict(fields("spec", SCHEMA["spec"])) | dict(fields("status", SCHEMA["status"]))


@pytest.mark.parametrize("path", DESCRIPTIONS)
def test_every_field_has_a_sentence(path: str) -> None:
    assert DESCRIPTIONS[path].endswith(".")


@pytest.mark.parametrize(
    ("path", "ending"),
    [
        ("spec.mode", "Default: Enforce."),
        ("spec.paused", "Default: false."),
        ("spec.kafka.topic.partitions", "is reported. 1 to 1000. Default: 3."),
        ("spec.kafka.topic.config", "Default: {}."),
        ("spec.api.rollout.eventTypes", "Default: []."),
        ("spec.consumer.resources.limits", 'Default: {"memory": "512Mi"}.'),
        ("spec.consumer.autoscaling.drainTargetSeconds", "1 to 86400. Default: 60."),
        ("spec.consumer.replicas.max", "1 to 1000."),
    ],
)
def test_it_ends_with_bounds_and_default(path: str, ending: str) -> None:
    assert DESCRIPTIONS[path].endswith(ending)


def test_the_default_that_is_named_is_the_one_of_the_model() -> None:
    spec = Spec.model_validate(
        {"kafka": {"bootstrapServers": "k:1"}, "database": {"secretRef": {"name": "d", "key": "k"}}, "auth": {}}
    )
    values = dict(values_of("spec", spec.model_dump(by_alias=True)))
    named = {path: text.rsplit("Default: ", 1)[1][:-1] for path, text in DESCRIPTIONS.items() if "Default: " in text}
    differing = {path for path in named.keys() & values.keys() if named[path] != values[path]}
    assert differing == set()
    assert len(named.keys() & values.keys()) > 20


def values_of(path: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from values_of(f"{path}.{name}", inner)
    elif value is not None and not isinstance(value, list):
        yield path, str(value).lower() if isinstance(value, bool) else str(value)
