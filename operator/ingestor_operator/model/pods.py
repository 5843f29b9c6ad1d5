"""What can be said about the pods of the API and of the consumer."""

from typing import Annotated, Any

from pydantic import Field

from ingestor_operator.model.schema import Model

Quantity = Annotated[
    int | str,
    Field(
        json_schema_extra={"x-kubernetes-int-or-string": True},
        description="a Kubernetes quantity, such as 250m or 256Mi",
    ),
]
Quantities = Annotated[dict[str, Quantity], Field(max_length=16)]
PodTemplateOverlay = Annotated[dict[str, Any], Field(json_schema_extra={"x-kubernetes-preserve-unknown-fields": True})]
Image = Annotated[str, Field(min_length=1, max_length=1024)]


class Resources(Model):
    """Compute resources of the container."""

    requests: Quantities = Field(default_factory=dict)
    """What the scheduler reserves."""
    limits: Quantities = Field(default_factory=dict)
    """What the container may not exceed."""
