"""Manifests that no chart renders are whole: a slip in one would only show on a cluster."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from unit.charts.helm import REPOSITORY

MANIFESTS = sorted(str(path.relative_to(REPOSITORY)) for path in (REPOSITORY / "k8s").rglob("*.yaml"))


def nothings(value: Any, path: str = "") -> Iterator[str]:
    """Paths of the items of lists that are nothing, as after a comment that took an item's place."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from nothings(inner, f"{path}.{name}")
    if isinstance(value, list):
        for number, inner in enumerate(value):
            if inner is None:
                yield f"{path}[{number}]"
            yield from nothings(inner, f"{path}[{number}]")


def environments(value: Any) -> Iterator[list[str]]:
    """Names of the variables of each container."""
    if isinstance(value, dict):
        if isinstance(value.get("env"), list):
            yield [entry["name"] for entry in value["env"]]
        for inner in value.values():
            yield from environments(inner)
    if isinstance(value, list):
        for inner in value:
            yield from environments(inner)


@pytest.mark.parametrize("file", MANIFESTS)
def test_a_manifest_has_no_empty_items_and_names_each_variable_once(file: str) -> None:
    for body in yaml.safe_load_all((REPOSITORY / file).read_text()):
        assert list(nothings(body)) == []
        for names in environments(body):
            assert len(set(names)) == len(names)
