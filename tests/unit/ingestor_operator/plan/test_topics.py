"""Each rule about topics, by example."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ingestor_operator.kafka.facts import KafkaFacts, TopicFacts
from ingestor_operator.model.resource import Resource
from ingestor_operator.plan.ownership import Neighbours
from ingestor_operator.plan.topics import (
    ALLOW_INCREASE,
    CreateTopic,
    IncreaseGuard,
    RaisePartitions,
    SetConfig,
    TopicPlan,
    WantedTopic,
    plan_topic,
    plan_topics,
    unsendable,
    wanted_topics,
)
from ingestor_operator.scaling import UNCOMMITTED, LagState, Observation, PartitionOffsets

OPEN = IncreaseGuard(0, LagState.KNOWN)
KEPT = {"cleanup.policy": "delete"}
DEAD = KEPT | {"retention.ms": "2592000000", "max.message.bytes": "2097152"}
WANTED = WantedTopic("t", 6, 3, {"retention.ms": "1000"})


def present(partitions: int = 6, replication_factor: int = 3, config: dict[str, str] | None = None) -> TopicFacts:
    return TopicFacts("t", "id", partitions, replication_factor, {"retention.ms": "1000"} | (config or {}))


MADE = {
    "topic": {"name": "quiz-events", "id": "a", "partitions": 3, "made": True},
    "deadLetterTopic": {"name": "quiz-events.dlq", "id": "b", "partitions": 1, "made": True},
}


def planned(resource: Resource, topics: dict[str, TopicFacts], lag: Observation) -> TopicPlan:
    return plan_topics(resource, KafkaFacts(topics), lag, Neighbours(()), datetime(2026, 1, 1, tzinfo=UTC))


def group(*offsets: PartitionOffsets) -> Observation:
    return Observation(time=0, replicas=1, ready=1, partitions=offsets)


def test_a_missing_topic_is_created() -> None:
    assert plan_topic(WANTED, None, OPEN).actions == (CreateTopic(WANTED),)


def test_a_topic_as_it_is_wanted_is_left_alone() -> None:
    plan = plan_topic(WANTED, present(), OPEN)
    assert (plan.actions, plan.problems) == ((), ())


@pytest.mark.parametrize(
    ("guard", "raised"),
    [
        (IncreaseGuard(0, LagState.KNOWN), True),
        (IncreaseGuard(1, LagState.KNOWN), False),
        (IncreaseGuard(None, LagState.UNKNOWN), False),
        (IncreaseGuard(None, LagState.UNCOMMITTED), False),
        (IncreaseGuard(7, LagState.KNOWN, allowed=True), True),
        (IncreaseGuard(None, LagState.UNKNOWN, allowed=True), True),
    ],
)
def test_partitions_are_raised_while_nothing_waits_or_a_person_allows_it(guard: IncreaseGuard, raised: bool) -> None:
    plan = plan_topic(WANTED, present(partitions=3), guard)
    assert (RaisePartitions("t", 3, 6) in plan.actions) is raised
    assert [problem.reason for problem in plan.problems] == ([] if raised else ["PartitionIncreaseWaits"])


def test_a_waiting_increase_says_what_it_waits_for_and_what_to_do() -> None:
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    guard = IncreaseGuard(
        12, LagState.KNOWN, group="readers", since=noon, now=noon + timedelta(minutes=150, seconds=59)
    )
    (problem,) = plan_topic(WANTED, present(partitions=3), guard).problems
    assert "until group readers has stored every record" in problem.message
    assert "12 records are not stored yet" in problem.message
    assert "It waits since 2026-01-01T12:00:00Z, for 150 minutes." in problem.message
    assert f'{ALLOW_INCREASE}: "true"' in problem.message


def test_more_partitions_than_wanted_are_reported_for_kafka_cannot_shrink() -> None:
    plan = plan_topic(WANTED, present(partitions=9), OPEN)
    assert plan.actions == ()
    assert [problem.reason for problem in plan.problems] == ["MorePartitions"]


def test_another_replication_factor_is_reported() -> None:
    plan = plan_topic(WANTED, present(replication_factor=1), OPEN)
    assert [problem.reason for problem in plan.problems] == ["ReplicationFactorDiffers"]


def test_only_the_settings_that_differ_are_set() -> None:
    wanted = WantedTopic("t", 6, 3, {"retention.ms": "1000", "segment.ms": "5"})
    plan = plan_topic(wanted, present(config={"segment.ms": "9", "cleanup.policy": "delete"}), OPEN)
    assert plan.actions == (SetConfig("t", {"segment.ms": "5"}),)


def test_retention_is_in_hours_and_cannot_be_overridden(make_resource: Any) -> None:
    topic, dead = wanted_topics(make_resource("minimal", {"kafka.topic": {"retentionHours": 2}}))
    assert topic.config["retention.ms"] == "7200000"
    assert (dead.name, dead.partitions, dead.replication_factor) == ("quiz-events.dlq", 1, 1)


def test_the_annotation_opens_the_guard(make_resource: Any) -> None:
    changes = {"kafka.topic": {"partitions": 6}}
    topics = {
        "quiz-events": TopicFacts("quiz-events", "a", 3, 1, KEPT | {"retention.ms": "604800000"}),
        "quiz-events.dlq": TopicFacts("quiz-events.dlq", "b", 1, 1, DEAD),
    }
    waiting = group(PartitionOffsets(0, 0, 5, UNCOMMITTED))
    closed = planned(make_resource("minimal", changes, status=MADE), topics, waiting)
    opened = planned(
        make_resource("minimal", changes, status=MADE, annotations={ALLOW_INCREASE: "true"}), topics, waiting
    )
    assert closed.actions == ()
    assert opened.actions == (RaisePartitions("quiz-events", 3, 6),)


def test_the_dead_letter_topic_grows_without_a_guard(make_resource: Any) -> None:
    topics = {
        "quiz-events": TopicFacts("quiz-events", "a", 3, 1, KEPT | {"retention.ms": "604800000"}),
        "quiz-events.dlq": TopicFacts("quiz-events.dlq", "b", 1, 1, DEAD),
    }
    resource = make_resource("minimal", {"kafka.deadLetterTopic": {"partitions": 3}}, status=MADE)
    plan = planned(resource, topics, group(PartitionOffsets(0, 0, 5, 0)))
    assert plan.actions == (RaisePartitions("quiz-events.dlq", 1, 3),)


@pytest.mark.parametrize(
    ("said", "dead"),
    [(None, "2097152"), ("4000000", "8000000"), ("much", "2097152"), ("2000000000", "2147483647")],
)
def test_a_dead_letter_of_the_largest_record_fits(make_resource: Any, said: str | None, dead: str) -> None:
    config = {"max.message.bytes": said} if said else {}
    _, dead_letters = wanted_topics(make_resource("minimal", {"kafka.topic": {"config": config}}))
    assert dead_letters.config["max.message.bytes"] == dead


def test_dead_letters_are_as_durable_as_the_topic_unless_they_are_given_their_own(make_resource: Any) -> None:
    durable = {"kafka.topic": {"config": {"min.insync.replicas": "2"}}}
    assert wanted_topics(make_resource("minimal", durable))[1].config["min.insync.replicas"] == "2"
    assert "min.insync.replicas" not in wanted_topics(make_resource())[1].config
    config = {"min.insync.replicas": "1", "max.message.bytes": "9", "segment.ms": "5"}
    _, dead = wanted_topics(make_resource("minimal", durable | {"kafka.deadLetterTopic": {"config": config}}))
    assert dead.config == DEAD | config


def test_records_are_kept_whole_whatever_the_brokers_defaults_are(make_resource: Any) -> None:
    assert [topic.config["cleanup.policy"] for topic in wanted_topics(make_resource())] == ["delete", "delete"]


@pytest.mark.parametrize("made", [True, False])
@pytest.mark.parametrize(
    ("replicas", "needed", "told"),
    [(1, "2", True), (3, "4", True), (3, "3", False), (3, "2", False), (1, "1", False), (1, "", False)],
)
def test_a_topic_to_which_no_record_can_be_sent_is_told(
    make_resource: Any, made: bool, replicas: int, needed: str, told: bool
) -> None:
    # Effective settings: it may be the brokers' default.
    topic = TopicFacts("quiz-events", "a", 3, replicas, {"min.insync.replicas": needed})
    dead = TopicFacts("quiz-events.dlq", "b", 1, 3, {"min.insync.replicas": "2"})
    resource = make_resource(status=MADE if made else {})
    problem = unsendable(resource, KafkaFacts({topic.name: topic, dead.name: dead}))
    assert (problem is not None) is told
    if problem:
        assert problem.reason == "TooFewReplicas"
        assert f"topic quiz-events: its min.insync.replicas is {needed}, and its replication factor {replicas}." in (
            problem.message
        )


def test_a_dead_letter_topic_that_takes_no_record_is_told_too(make_resource: Any) -> None:
    dead = TopicFacts("quiz-events.dlq", "b", 1, 1, {"min.insync.replicas": "2"})
    problem = unsendable(make_resource(), KafkaFacts({dead.name: dead}))
    assert problem is not None
    assert "topic quiz-events.dlq" in problem.message
