"""The operator's metrics."""

from itertools import product
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from ingestor_operator.model.resource import Resource
from ingestor_operator.plan.plan import Plan
from ingestor_operator.scaling import Decision, Direction, Reason

RESULTS: Final = ("unchanged", "changed", "failed")


class Metrics:
    """All metrics, in a registry of their own."""

    def __init__(self, version: str) -> None:
        self.registry = CollectorRegistry()
        self.reconciles = Counter(
            "ingestor_operator_reconcile_total",
            "Reconciles by result: unchanged, changed or failed.",
            ["result"],
            registry=self.registry,
        )
        self.duration = Histogram(
            "ingestor_operator_reconcile_duration_seconds", "Time of one reconcile.", registry=self.registry
        )
        self._lag = Gauge(
            "ingestor_operator_group_lag_records",
            "Records that the consumer group has not read yet.",
            ["namespace", "name", "topic", "partition"],
            registry=self.registry,
        )
        self._desired = Gauge(
            "ingestor_operator_desired_replicas",
            "Consumers that should run.",
            ["namespace", "name"],
            registry=self.registry,
        )
        self._decisions = Counter(
            "ingestor_operator_scaling_decisions_total",
            "Decisions about the number of consumers; one that goes on holding for the same reason counts once.",
            ["direction", "reason"],
            registry=self.registry,
        )
        # A series that is born at 1 has no increase: what an alert or a rate is to see starts at 0.
        for result in RESULTS:
            self.reconciles.labels(result)
        for direction, reason in product(Direction, Reason):
            self._decisions.labels(direction, reason)
        build = Gauge("ingestor_build_info", "Version and component.", ["version", "component"], registry=self.registry)
        build.labels(version, "operator").set(1)

    def planned(self, resource: Resource, plan: Plan) -> None:
        """Take over the numbers of a plan; a lag that is not known is no number, and so absent."""
        topic = resource.spec.kafka.topic.name
        self._lag.remove_by_labels({"namespace": resource.namespace, "name": resource.name})
        for offsets in plan.group.partitions:
            if offsets.lag is not None:
                partition = str(offsets.partition)
                self._lag.labels(resource.namespace, resource.name, topic, partition).set(offsets.lag)
        if plan.decision:
            self._desired.labels(resource.namespace, resource.name).set(plan.decision.replicas)

    def decided(self, decision: Decision) -> None:
        """Count a decision; one that is only the last one again is not another one."""
        self._decisions.labels(decision.direction, decision.reason).inc()

    def forget(self, namespace: str, name: str) -> None:
        """Drop the numbers of a resource that is gone."""
        for gauge in (self._lag, self._desired):
            gauge.remove_by_labels({"namespace": namespace, "name": name})
