"""The operator's metrics."""

from itertools import product
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from ingestor_operator.model.resource import Resource
from ingestor_operator.model.status import Status
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
        self._condition = Gauge(
            "ingestor_operator_condition",
            "1 for what each condition of a resource says now; no series for what it does not say.",
            ["namespace", "name", "type", "status", "reason"],
            registry=self.registry,
        )
        self._paused = Gauge(
            "ingestor_operator_paused",
            "1 while the resource is paused: nothing else is told of it then.",
            ["namespace", "name"],
            registry=self.registry,
        )
        self._pinned = Gauge(
            "ingestor_operator_pinned",
            "1 while kubectl scale has set the number of consumers.",
            ["namespace", "name"],
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
        for gauge in (self._lag, self._desired):
            gauge.remove_by_labels({"namespace": resource.namespace, "name": resource.name})
        for offsets in plan.group.partitions:
            if offsets.lag is not None and not plan.yields:
                partition = str(offsets.partition)
                self._lag.labels(resource.namespace, resource.name, topic, partition).set(offsets.lag)
        if plan.decision:
            self._desired.labels(resource.namespace, resource.name).set(plan.decision.replicas)

    def unobserved(self, namespace: str, name: str) -> None:
        """Drop the lag of a resource that could not be looked at: the last one would be taken for that of now."""
        self._lag.remove_by_labels({"namespace": namespace, "name": name})

    def told(self, namespace: str, name: str, status: Status) -> None:
        """Take over what a status says; a reason that does not hold any more has no series."""
        self._condition.remove_by_labels({"namespace": namespace, "name": name})
        for item in status.conditions:
            self._condition.labels(namespace, name, item.type, item.status, item.reason).set(1)
        self._paused.labels(namespace, name).set(0)
        self._pinned.labels(namespace, name).set(status.pinned is not None)

    def paused(self, namespace: str, name: str) -> None:
        """Drop the numbers of a resource that is not looked at: they would be taken for those of now."""
        self.forget(namespace, name)
        self._paused.labels(namespace, name).set(1)

    def decided(self, decision: Decision) -> None:
        """Count a decision; one that is only the last one again is not another one."""
        self._decisions.labels(decision.direction, decision.reason).inc()

    def forget(self, namespace: str, name: str) -> None:
        """Drop the numbers of a resource that is gone."""
        for gauge in (self._lag, self._desired, self._condition, self._paused, self._pinned):
            gauge.remove_by_labels({"namespace": namespace, "name": name})
