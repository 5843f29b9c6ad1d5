"""The spec as a whole."""

from typing import Literal

from pydantic import ConfigDict, Field

from ingestor_operator.model.access import Auth, Database
from ingestor_operator.model.api import Api
from ingestor_operator.model.consumer import UNPINNED, Consumer
from ingestor_operator.model.kafka import Kafka
from ingestor_operator.model.schema import Model, rules


class Monitoring(Model):
    """Integration with the Prometheus operator."""

    pod_monitor: bool = False
    """Whether to create a PodMonitor; needs the Prometheus operator's CRDs."""
    pod_monitor_labels: dict[str, str] = Field(default_factory=dict)
    """Labels of the PodMonitor, where Prometheus selects by label."""


class Spec(Model):
    """What one installation of Analytics Ingestor looks like."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            (
                "!has(self.consumer.replicas.max) || self.consumer.replicas.max <= self.kafka.topic.partitions",
                "consumer.replicas.max must not exceed kafka.topic.partitions: further consumers would idle",
            ),
            (
                "self.consumer.replicas.min <= self.kafka.topic.partitions",
                "consumer.replicas.min must not exceed kafka.topic.partitions: further consumers would idle",
            ),
            (
                f"self.consumer.replicas.pinned == {UNPINNED}"
                " || self.consumer.replicas.pinned <= self.kafka.topic.partitions",
                "consumers cannot be scaled beyond kafka.topic.partitions: further consumers would idle",
            ),
        )
    )

    mode: Literal["Enforce", "Observe"] = "Enforce"
    """Enforce acts; Observe writes what it would do into status.plan and changes nothing else."""
    paused: bool = False
    """Whether the operator leaves everything as it is; the status says so once, and is of the past then."""
    kafka: Kafka
    """The Kafka cluster and what is owned there."""
    database: Database
    """The Postgres database."""
    auth: Auth
    """Who may call the API."""
    api: Api = Field(default_factory=Api)
    """The HTTP service."""
    consumer: Consumer = Field(default_factory=Consumer)
    """The service that stores events."""
    monitoring: Monitoring = Field(default_factory=Monitoring)
    """Integration with the Prometheus operator."""

    @property
    def max_consumers(self) -> int:
        """Most consumers that may run: replicas.max, and never more than there are partitions."""
        return min(self.consumer.replicas.max or self.kafka.topic.partitions, self.kafka.topic.partitions)
