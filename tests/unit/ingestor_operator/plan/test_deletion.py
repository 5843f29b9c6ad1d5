"""What becomes of the topics when the resource is deleted, by example."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ingestor_operator.kafka.facts import KafkaFacts, KafkaUnreachable, TopicFacts
from ingestor_operator.plan.deletion import DeletionView, Release, Wait, plan_deletion
from ingestor_operator.scaling import Observation, PartitionOffsets

PATIENCE = timedelta(minutes=10)
TOPICS = {name: TopicFacts(name, "id", 1, 1) for name in ("quiz-events", "quiz-events.dlq")}
DRAINED = Observation(time=0, replicas=1, ready=1, partitions=(PartitionOffsets(0, 0, 5, 5),))
BEHIND = Observation(time=0, replicas=1, ready=1, partitions=(PartitionOffsets(0, 0, 5, 2),))
CALM = DeletionView(
    KafkaFacts(TOPICS), DRAINED, (), managed=frozenset(TOPICS), namespace_ends=False, waited=timedelta(0)
)
DELETE = {"kafka.topic": {"deletionPolicy": "Delete"}}
DEAD = KafkaUnreachable("KafkaUnreachable", "nobody answers")


def test_retain_keeps_the_topics(make_resource: Any) -> None:
    assert plan_deletion(make_resource(), CALM, PATIENCE) == Release()


def test_delete_takes_both_topics(make_resource: Any) -> None:
    plan = plan_deletion(make_resource("minimal", DELETE), CALM, PATIENCE)
    assert plan == Release(deleted=("quiz-events", "quiz-events.dlq"))


@pytest.mark.parametrize("resting", [{"mode": "Observe"}, {"paused": True}])
def test_a_resource_that_does_not_act_deletes_nothing(make_resource: Any, resting: dict[str, Any]) -> None:
    assert plan_deletion(make_resource("minimal", DELETE | resting), CALM, PATIENCE) == Release()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"lag": BEHIND}, "LagRemains"),
        ({"lag": Observation(time=0, replicas=1, ready=1)}, "LagRemains"),
        ({"foreign_groups": ("reports",)}, "ForeignGroups"),
        ({"untold_groups": ("reports",)}, "ForeignGroups"),
        ({"hidden_groups": "Group authorization failed"}, "ForeignGroups"),
        ({"kafka": DEAD}, "KafkaUnreachable"),
    ],
)
def test_it_waits_while_something_needs_the_topic_but_not_for_good(
    make_resource: Any, change: dict[str, Any], reason: str
) -> None:
    resource, view = make_resource("minimal", DELETE), replace(CALM, **change)
    plan = plan_deletion(resource, view, PATIENCE)
    assert isinstance(plan, Wait)
    assert plan.problem.reason == reason
    ended = plan_deletion(resource, replace(view, waited=PATIENCE), PATIENCE)
    assert isinstance(ended, Release)
    assert ended.deleted == ()
    assert ended.notice is not None
    assert ended.notice.reason == "TopicRetained"


@pytest.mark.parametrize("change", [{"rivals": ("school/other",)}, {"lag": BEHIND, "namespace_ends": True}])
def test_it_does_not_wait_where_waiting_cannot_help(make_resource: Any, change: dict[str, Any]) -> None:
    plan = plan_deletion(make_resource("minimal", DELETE), replace(CALM, **change), PATIENCE)
    assert isinstance(plan, Release)
    assert plan.deleted == ()


def test_a_topic_that_is_gone_already_is_no_reason_to_wait(make_resource: Any) -> None:
    view = replace(CALM, kafka=KafkaFacts({}), lag=Observation(time=0, replicas=1, ready=1))
    assert plan_deletion(make_resource("minimal", DELETE), view, PATIENCE) == Release()


def test_a_topic_that_was_found_is_kept_and_is_no_reason_to_wait(make_resource: Any) -> None:
    view = replace(CALM, managed=frozenset({"quiz-events.dlq"}), lag=BEHIND)
    plan = plan_deletion(make_resource("minimal", DELETE), view, PATIENCE)
    assert isinstance(plan, Release)
    assert plan.deleted == ("quiz-events.dlq",)
    assert plan.notice is not None
    assert plan.notice.reason == "TopicRetained"
    assert "Topic quiz-events was not made by the operator" in plan.notice.message
