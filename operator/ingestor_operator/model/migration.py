"""spec.migration: the Job that brings the database to the release."""

from typing import Annotated

from pydantic import AfterValidator, Field

from ingestor_operator.model.pods import PodTemplateOverlay, Resources, completed
from ingestor_operator.model.schema import Model

MIGRATION_RESOURCES = Resources(requests={"cpu": "100m", "memory": "128Mi"}, limits={"memory": "256Mi"})


class Migration(Model):
    """The Job that brings the database to the release; its image is the API's."""

    resources: Annotated[Resources, AfterValidator(lambda given: completed(given, MIGRATION_RESOURCES))] = (
        MIGRATION_RESOURCES
    )
    """Compute resources of the container."""
    pod_template: PodTemplateOverlay = Field(default_factory=dict)
    """Merged over the generated pod template and what api.podTemplate says of the pod; the container is migrate."""
    ttl_seconds_after_finished: Annotated[int, Field(ge=0, le=31536000)] | None = None
    """Seconds for which a Job that completed is kept; absent: until another takes its place."""
