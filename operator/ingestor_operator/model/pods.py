"""What can be said about the pods of the API and of the consumer."""

from typing import Annotated, Any

from pydantic import Field

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
PodTemplateOverlay = Annotated[dict[str, Any], Field(json_schema_extra={"x-kubernetes-preserve-unknown-fields": True})]
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
