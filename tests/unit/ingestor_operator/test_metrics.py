"""The metrics say what is known now, and nothing of what is not."""

from dataclasses import replace
from typing import Any, cast

import pytest

from ingestor_operator.metrics import Metrics
from ingestor_operator.model.status import Condition, ConditionStatus, Status
from ingestor_operator.plan.plan import Plan
from ingestor_operator.plan.scaling import scaling_spec
from ingestor_operator.plan.topics import TopicPlan
from ingestor_operator.scaling import Observation, PartitionOffsets, ScalingState, decide

SEEN = Observation(time=0, replicas=1, ready=1, partitions=(PartitionOffsets(0, 0, 9, 2), PartitionOffsets(1, 0, 5, 5)))
UNSEEN = Observation(time=0, replicas=1, ready=1)


@pytest.fixture
def metrics() -> Metrics:
    return Metrics("0")


def lag(metrics: Metrics, partition: int) -> float | None:
    labels = {"namespace": "school", "name": "quiz", "topic": "quiz-events", "partition": str(partition)}
    return metrics.registry.get_sample_value("ingestor_operator_group_lag_records", labels)


def test_a_lag_that_was_known_is_gone_once_kafka_does_not_say(metrics: Metrics, make_resource: Any) -> None:
    plan = Plan(None, TopicPlan(), SEEN, None)
    metrics.planned(make_resource(), plan)
    assert (lag(metrics, 0), lag(metrics, 1)) == (7, 0)
    metrics.planned(make_resource(), replace(plan, group=UNSEEN))
    assert (lag(metrics, 0), lag(metrics, 1)) == (None, None)


def test_decisions_are_counted_by_direction_and_reason(metrics: Metrics, make_resource: Any) -> None:
    resource = make_resource("minimal", {"consumer.replicas": {"min": 2}})
    decision, _ = decide(scaling_spec(resource), UNSEEN, ScalingState())
    metrics.decided(decision)
    labels = {"direction": "up", "reason": "BelowMinimum"}
    assert metrics.registry.get_sample_value("ingestor_operator_scaling_decisions_total", labels) == 1


def test_other_resources_keep_their_numbers(metrics: Metrics, make_resource: Any) -> None:
    metrics.planned(make_resource(), Plan(None, TopicPlan(), SEEN, None))
    metrics.planned(make_resource("minimal", {}, name="other"), Plan(None, TopicPlan(), UNSEEN, None))
    assert lag(metrics, 0) == 7


def labels(metrics: Metrics, name: str) -> list[dict[str, str]]:
    """Labels of the series of that name, which all have the value 1."""
    samples = [sample for family in metrics.registry.collect() for sample in family.samples if sample.name == name]
    assert {sample.value for sample in samples} <= {1.0}
    return [dict(sample.labels) for sample in samples]


def status(ready: str, reason: str, pinned: int | None = None) -> Status:
    condition = Condition(
        type="Ready",
        status=cast(ConditionStatus, ready),
        reason=reason,
        message=".",
        observed_generation=1,
        last_transition_time="2026-01-01T12:00:00Z",
    )
    return Status(conditions=[condition], pinned=pinned)


def test_a_condition_has_one_series_and_its_old_one_is_gone(metrics: Metrics) -> None:
    metrics.told("school", "quiz", status("False", "ImagePullFailed"))
    metrics.told("school", "quiz", status("True", "AllReady"))
    metrics.told("school", "other", status("False", "RollingOut"))
    found = labels(metrics, "ingestor_operator_condition")
    assert [(item["name"], item["type"], item["status"], item["reason"]) for item in found] == [
        ("quiz", "Ready", "True", "AllReady"),
        ("other", "Ready", "False", "RollingOut"),
    ]
    metrics.forget("school", "quiz")
    assert [item["name"] for item in labels(metrics, "ingestor_operator_condition")] == ["other"]


def test_a_paused_resource_tells_nothing_but_that(metrics: Metrics, make_resource: Any) -> None:
    where = {"namespace": "school", "name": "quiz"}
    metrics.planned(make_resource(), Plan(None, TopicPlan(), SEEN, None))
    metrics.told("school", "quiz", status("True", "AllReady", pinned=0))
    assert metrics.registry.get_sample_value("ingestor_operator_paused", where) == 0
    assert metrics.registry.get_sample_value("ingestor_operator_pinned", where) == 1
    metrics.paused("school", "quiz")
    assert metrics.registry.get_sample_value("ingestor_operator_paused", where) == 1
    assert metrics.registry.get_sample_value("ingestor_operator_pinned", where) is None
    assert labels(metrics, "ingestor_operator_condition") == []
    assert lag(metrics, 0) is None
    metrics.forget("school", "quiz")
    assert metrics.registry.get_sample_value("ingestor_operator_paused", where) is None
