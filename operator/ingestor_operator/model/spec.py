"""The spec as a whole."""

from typing import Literal

from pydantic import ConfigDict, Field

from ingestor_operator.model.access import Auth, Database
from ingestor_operator.model.api import Api
from ingestor_operator.model.consumer import UNPINNED, Consumer
from ingestor_operator.model.kafka import Kafka
from ingestor_operator.model.migration import Migration
from ingestor_operator.model.schema import Model, unless_kept


class Monitoring(Model):
    """Integration with the Prometheus operator."""

    pod_monitor: bool = False
    """Whether to create a PodMonitor; needs the Prometheus operator's CRDs."""
    pod_monitor_labels: dict[str, str] = Field(default_factory=dict)
    """Labels of the PodMonitor, where Prometheus selects by label."""


class Spec(Model):
    """What one installation of Analytics Ingestor looks like."""

    model_config = ConfigDict(
        json_schema_extra={
            "x-kubernetes-validations": [
                unless_kept(
                    f"!has(self.{field}) || {also}self.{field} <= self.kafka.topic.partitions",
                    field,
                    f"{what} kafka.topic.partitions: further consumers would idle",
                )
                for field, what, also in (
                    ("consumer.replicas.max", "consumer.replicas.max must not exceed", ""),
                    ("consumer.replicas.min", "consumer.replicas.min must not exceed", ""),
                    (
                        "consumer.replicas.pinned",
                        "consumers cannot be scaled beyond",
                        f"self.consumer.replicas.pinned == {UNPINNED} || ",
                    ),
                )
            ]
        }
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
    migration: Migration = Field(default_factory=Migration)
    """The Job that brings the database to the release."""
    api: Api = Field(default_factory=Api)
    """The HTTP service."""
    consumer: Consumer = Field(default_factory=Consumer)
    """The service that stores events."""
    monitoring: Monitoring = Field(default_factory=Monitoring)
    """Integration with the Prometheus operator."""

    @property
    def min_consumers(self) -> int:
        """Fewest consumers that are to run: replicas.min, and never more than may run."""
        return min(self.consumer.replicas.min, self.max_consumers)

    @property
    def max_consumers(self) -> int:
        """Most consumers that may run: replicas.max, and never more than there are partitions."""
        return min(self.consumer.replicas.max or self.kafka.topic.partitions, self.kafka.topic.partitions)
