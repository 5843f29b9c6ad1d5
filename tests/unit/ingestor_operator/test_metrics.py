"""The metrics say what is known now, and nothing of what is not."""

from dataclasses import replace
from typing import Any

import pytest

from ingestor_operator.metrics import Metrics
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
