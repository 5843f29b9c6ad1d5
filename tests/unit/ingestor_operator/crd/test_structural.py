"""Models become schemas that the API server takes."""

from typing import Annotated

from pydantic import Field

from ingestor_operator.crd.structural import structural
from ingestor_operator.model.schema import Model, immutable


class Inner(Model):
    """An inner object."""

    size: Annotated[int, Field(ge=1, le=5)] = 2
    """How many."""


class Needy(Model):
    """Cannot be made of nothing."""

    name: str
    """What it is called."""


class Outer(Model):
    """An outer object."""

    inner: Inner = Field(default_factory=Inner)
    """Always there."""
    needy: Needy | None = None
    """There or not."""
    label: str = Field(default="a", json_schema_extra=immutable("label"))
    """Fixed."""
    pairs: dict[str, str] = Field(default_factory=dict)
    """Free pairs."""


def test_bounds_and_defaults_are_kept() -> None:
    size = structural(Outer)["properties"]["inner"]["properties"]["size"]
    assert size == {"type": "integer", "minimum": 1, "maximum": 5, "default": 2, "description": "How many."}


def test_an_optional_object_defaults_to_empty_so_that_its_inner_defaults_apply() -> None:
    assert structural(Outer)["properties"]["inner"]["default"] == {}


def test_an_absent_object_stays_absent_and_is_never_null() -> None:
    needy = structural(Outer)["properties"]["needy"]
    assert "default" not in needy
    assert needy["type"] == "object"
    assert needy["required"] == ["name"]


def test_an_immutable_field_says_so_when_it_is_changed() -> None:
    (rule,) = structural(Outer)["properties"]["label"]["x-kubernetes-validations"]
    assert rule["rule"] == "self == oldSelf"
    assert "cannot be changed" in rule["message"]


def test_free_pairs_are_a_map_of_text() -> None:
    pairs = structural(Outer)["properties"]["pairs"]
    assert pairs["additionalProperties"] == {"type": "string"}
