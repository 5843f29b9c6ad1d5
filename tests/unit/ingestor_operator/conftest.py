"""Resources for tests of pure functions: the minimal sample, and changes to it by path."""

from collections.abc import Callable
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from ingestor_operator.model.resource import Resource, parse

SAMPLES = Path(__file__).parents[3] / "k8s/samples"
MakeResource = Callable[..., Resource]


@cache
def read_sample(name: str) -> Any:
    """The sample, which is not to be changed."""
    return yaml.safe_load((SAMPLES / f"{name}.yaml").read_text())


def changed(body: dict[str, Any], path: str, value: Any) -> None:
    """Set the value at a dotted path of the spec."""
    *parents, last = path.split(".")
    target = body["spec"]
    for name in parents:
        target = target.setdefault(name, {})
    target[last] = value


@pytest.fixture
def make_resource() -> MakeResource:
    """A resource from a sample: make_resource("minimal", {"api.replicas": 3}, annotations={...})."""

    def make(sample: str = "minimal", changes: dict[str, Any] | None = None, /, **metadata: Any) -> Resource:
        body = deepcopy(read_sample(sample))
        body["metadata"] |= {
            "namespace": "school",
            "uid": "11111111-2222-3333-4444-555555555555",
            "creationTimestamp": "2026-01-01T00:00:00Z",
            "generation": 1,
        }
        body["metadata"] |= metadata
        body["status"] = body["metadata"].pop("status", {})
        for path, value in (changes or {}).items():
            changed(body, path, value)
        return parse(body)

    return make
