"""What can be said about the pods of the API and of the consumer."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from ingestor_operator.model.quantity import quantity
from ingestor_operator.model.schema import Model

Quantity = Annotated[
    int | str,
    Field(
        json_schema_extra={"x-kubernetes-int-or-string": True},
        description="a Kubernetes quantity, such as 250m or 256Mi",
    ),
]
Quantities = Annotated[dict[str, Quantity | None], Field(max_length=16)]
_DEEPEST = 50
"""Levels of a pod template; Kubernetes' own has about 12."""


def checked_overlay(overlay: dict[str, Any]) -> dict[str, Any]:
    """The overlay as it is. Raises ValueError, with the path, where it cannot be merged over a pod template.

    The CRD takes any object here, for a schema of all of a pod's fields would drop those that are newer. What a field
    holds is the API server's to judge, once the parts around it are of the right form.
    """
    if unknown := sorted(overlay.keys() - {"metadata", "spec"}):
        raise ValueError(f"{unknown[0]}: a pod template has metadata and spec, and nothing else")
    metadata, spec = _object(overlay, "metadata", ""), _object(overlay, "spec", "")
    for field in ("labels", "annotations"):
        _require_texts(metadata.get(field), f"metadata.{field}")
    if "containers" in spec:
        _require_named(spec["containers"], "spec.containers")
    if _is_deeper(overlay, _DEEPEST):
        raise ValueError(f"it is nested more than {_DEEPEST} levels deep")
    return overlay


def _object(around: Mapping[str, Any], field: str, path: str) -> Mapping[str, Any]:
    found = around.get(field, {})
    if not isinstance(found, Mapping):
        raise ValueError(f"{path}{field}: must be an object; leave it out where there is nothing to say")
    return found


def _require_texts(found: object, path: str) -> None:
    """Null takes away what the template has, all or one."""
    if found is None:
        return
    if not isinstance(found, Mapping):
        raise ValueError(f"{path}: must be an object of texts")
    for name, text in found.items():
        if not isinstance(text, str | None):
            raise ValueError(f"{path}.{name}: must be a text, so write it in quotes")


def _require_named(found: object, path: str) -> None:
    if not isinstance(found, list):
        raise ValueError(f"{path}: must be a list of objects, each with a name")
    for number, item in enumerate(found):
        if not isinstance(item, Mapping) or not isinstance(item.get("name"), str):
            raise ValueError(f"{path}[{number}]: must be an object with a name, by which it is merged")
        if any(item["name"] == other["name"] for other in found[:number]):
            raise ValueError(f"{path}[{number}]: another one has the name {item['name']!r} already")


def _is_deeper(value: object, levels: int) -> bool:
    """Whether lists and objects are nested deeper; without recursion, which would fail on what it looks for."""
    level = [value]
    for _ in range(levels):
        level = [inner for outer in level for inner in _inside(outer)]
    return bool(level)


def _inside(value: object) -> Iterable[Any]:
    if isinstance(value, Mapping):
        return value.values()
    return value if isinstance(value, list) else ()


PodTemplateOverlay = Annotated[
    dict[str, Any],
    AfterValidator(checked_overlay),
    Field(json_schema_extra={"x-kubernetes-preserve-unknown-fields": True}),
]
Texts = Annotated[dict[str, Annotated[str, Field(max_length=4096)]], Field(max_length=64)]
"""Labels or annotations; whether they are such is the API server's to judge."""
Image = Annotated[str, Field(min_length=1, max_length=1024)]


class Resources(Model):
    """Compute resources of the container."""

    requests: Quantities | None = None
    """What the scheduler reserves; what is not named keeps its default, null takes one away, {} all."""
    limits: Quantities | None = None
    """What the container may not exceed; what is not named keeps its default, null takes one away, {} all."""


class Account(Model):
    """The ServiceAccount of the pods."""

    annotations: Texts = Field(default_factory=dict)
    """Its annotations, for a cloud's workload identity."""


def completed(given: Resources, default: Resources) -> Resources:
    """The resources with the defaults of what they do not name.

    A default gives way to what is given, for Kubernetes refuses a request above the limit: a limit that nobody named
    is at least the request, a request that nobody named at most the limit.
    """
    requests, limits = _over(given.requests, default.requests), _over(given.limits, default.limits)
    for name in requests.keys() & limits.keys():
        if _exceeds(requests[name], limits[name]):
            if name not in (given.limits or {}):
                limits[name] = requests[name]
            elif name not in (given.requests or {}):
                requests[name] = limits[name]
    return Resources(requests=requests, limits=limits)


def _over(given: Quantities | None, default: Quantities | None) -> Quantities:
    if given == {}:
        return {}
    merged = (default or {}) | (given or {})
    return {name: value for name, value in merged.items() if value is not None}


def _exceeds(request: int | str | None, limit: int | str | None) -> bool:
    asked, allowed = quantity(request), quantity(limit)
    return asked is not None and allowed is not None and asked > allowed
