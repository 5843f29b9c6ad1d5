"""spec.consumer: the service that stores events, and how many of it run."""

from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field

from ingestor_operator.model.pods import Account, Image, PodTemplateOverlay, Resources, completed
from ingestor_operator.model.schema import Model, rules

CONSUMER_RESOURCES = Resources(requests={"cpu": "250m", "memory": "256Mi"}, limits={"memory": "512Mi"})

UNPINNED = 2**31 - 1
"""What the scale subresource reads while nothing is pinned: where its field is absent, it answers 500, and it takes no
negative number. Any smaller number may be meant, 0 too."""


class ConsumerReplicas(Model):
    """Bounds of the number of consumers."""

    model_config = ConfigDict(
        json_schema_extra=rules(("!has(self.max) || self.min <= self.max", "replicas.min must not exceed replicas.max"))
    )

    min: Annotated[int, Field(ge=1, le=1000)] = 1
    """Fewest consumers."""
    max: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Most consumers; default: the number of partitions, beyond which consumers would idle."""
    pinned: Annotated[int, Field(ge=0, le=UNPINNED)] = UNPINNED
    """Exact number of consumers, as written by kubectl scale; autoscaling rests then. 2147483647 means not pinned."""

    @property
    def pin(self) -> int | None:
        """The number that kubectl scale has set, if it has."""
        return None if self.pinned == UNPINNED else self.pinned


class Autoscaling(Model):
    """How the number of consumers follows the lag."""

    enabled: bool = True
    """Whether the operator chooses the number of consumers; otherwise it stays as it is, within its bounds."""
    drain_target_seconds: Annotated[int, Field(ge=1, le=86400)] = 60
    """Seconds within which a backlog should be drained."""
    scale_down_stabilization_seconds: Annotated[int, Field(ge=1, le=86400)] = 300
    """Seconds for which fewer consumers must have been enough before there are fewer."""
    interval_seconds: Annotated[int, Field(ge=1, le=3600)] = 10
    """Seconds between two looks at the lag."""


class Consumer(Model):
    """The service that stores the events of the topic in Postgres."""

    image: Image | None = None
    """Image of the consumer; default: the operator's release."""
    replicas: ConsumerReplicas = Field(default_factory=ConsumerReplicas)
    """Bounds of the number of consumers."""
    autoscaling: Autoscaling = Field(default_factory=Autoscaling)
    """How the number of consumers follows the lag."""
    service_account: Account = Field(default_factory=Account)
    """The ServiceAccount of the consumers."""
    resources: Annotated[Resources, AfterValidator(lambda given: completed(given, CONSUMER_RESOURCES))] = (
        CONSUMER_RESOURCES
    )
    """Compute resources of the container."""
    pod_template: PodTemplateOverlay = Field(default_factory=dict)
    """Merged over the generated pod template (metadata and spec); lists of named items merge by name."""
