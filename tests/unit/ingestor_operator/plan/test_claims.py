"""Two resources that claim one topic: who holds it keeps it, else the older has it, and the other says so."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestor_operator.kafka.facts import KafkaFacts, KafkaUnreachable, TopicFacts
from ingestor_operator.kafka.marks import OwnerMark
from ingestor_operator.model.resource import Resource
from ingestor_operator.plan.claims import claim_problem, rivals
from ingestor_operator.plan.ownership import ADOPT_TOPIC, Neighbours
from ingestor_operator.plan.problem import Problem

OLD, NEW = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"
UNSEEN = KafkaUnreachable("KafkaUnreachable", "nobody answers")
TOLD = {"name": "quiz-events", "id": "same", "partitions": 3}
REACHED = {"topic": TOLD}
"""As a release without owner marks wrote it."""


def claimed(resource: Resource, *others: Resource, kafka: Any = UNSEEN, **known: Any) -> Problem | None:
    return claim_problem(resource, Neighbours(others, **known), kafka)


def seen(mark: OwnerMark | None = None, id: str = "same") -> KafkaFacts:
    return KafkaFacts({"quiz-events": TopicFacts("quiz-events", id, 3, 1, mark=mark)})


def mark_of(uid: str, owner: str = "school/quiz", namespace: str = "n") -> OwnerMark:
    return OwnerMark(owner, uid, namespace, "same", made=True, renewed=0.0)


def told(reason: str, **topic: Any) -> dict[str, Any]:
    """A status with that reason of TopicReady."""
    condition = {
        "type": "TopicReady",
        "status": "False",
        "reason": reason,
        "message": "",
        "observedGeneration": 1,
        "lastTransitionTime": OLD,
    }
    return {"topic": TOLD | topic, "conditions": [condition]}


def test_the_older_wins_and_the_younger_says_so(make_resource: Any) -> None:
    older = make_resource(name="older", uid="a", creationTimestamp=OLD, status=REACHED)
    younger = make_resource(name="younger", uid="b", creationTimestamp=NEW, status=REACHED)
    assert claimed(older, younger) is None
    problem = claimed(younger, older)
    assert problem is not None
    assert problem.reason == "TopicClaimed"
    assert "school/older, which is older" in problem.message


@pytest.mark.parametrize(
    "status",
    [
        {},
        # Reached once, by an address that it has no more.
        {"topic": TOLD | {"bootstrapServers": "elsewhere:9092"}},
    ],
)
def test_one_that_has_not_reached_that_kafka_claims_nothing_whatever_its_age(make_resource: Any, status: Any) -> None:
    older = make_resource(uid="a", creationTimestamp=OLD, status=status)
    younger = make_resource(name="younger", uid="b", creationTimestamp=NEW)
    assert claimed(younger, older) is None
    assert claimed(younger, older, kafka=seen()) is None
    assert rivals(younger, [older], seen()) == []


@pytest.mark.parametrize("reason", ["TopicClaimed", "GroupClaimed", "TopicCompacted"])
def test_one_that_yields_itself_claims_nothing(make_resource: Any, reason: str) -> None:
    older = make_resource(uid="a", creationTimestamp=OLD, status=told(reason))
    assert claimed(make_resource(uid="b", creationTimestamp=NEW), older) is None


@pytest.mark.parametrize("reason", ["TopicClaimed", "GroupClaimed", "TopicCompacted"])
def test_a_claim_outlasts_a_kafka_that_does_not_answer(make_resource: Any, reason: str) -> None:
    yielding = make_resource(status=told(reason))
    problem = claimed(yielding)
    assert problem is not None
    assert problem.reason == reason
    assert claimed(yielding, kafka=seen()) is None


def test_who_has_it_keeps_it_from_an_older_one_that_only_now_comes_in(make_resource: Any) -> None:
    older = make_resource(uid="a", creationTimestamp=OLD)
    younger = make_resource(name="younger", uid="b", creationTimestamp=NEW, status=REACHED)
    problem = claimed(older, younger, kafka=seen())
    assert problem is not None
    assert "school/younger, which had it first" in problem.message
    assert claimed(younger, older, kafka=seen()) is None


def test_who_is_about_to_make_the_topic_has_it_before_one_that_was_told_so(make_resource: Any) -> None:
    intended = {"topic": {"name": "quiz-events", "partitions": 0, "made": True, "bootstrapServers": "kafka:9092"}}
    servers = {"kafka.bootstrapServers": "kafka:9092"}
    owner = make_resource("minimal", servers, uid="a", creationTimestamp=NEW, status=intended)
    yielding = make_resource("minimal", servers, uid="b", creationTimestamp=OLD, status=told("TopicClaimed"))
    assert claimed(owner, yielding, kafka=KafkaFacts()) is None
    problem = claimed(yielding, owner, kafka=KafkaFacts())
    assert problem is not None
    assert problem.reason == "TopicClaimed"


def test_nobody_is_told_to_delete_for_a_claim_that_only_the_process_knows(make_resource: Any) -> None:
    owner = make_resource(name="owner", uid="a", creationTimestamp=OLD)
    problem = claimed(make_resource(uid="b"), owner, kafka=KafkaFacts(), admitted=frozenset("a"))
    assert problem is not None
    assert problem.reason == "ClaimPending"
    assert "school/owner" in problem.message
    assert "delete" not in problem.message


def test_who_holds_the_mark_keeps_the_topic_whatever_its_age(make_resource: Any) -> None:
    older = make_resource(uid="a", creationTimestamp=OLD, status=REACHED)
    younger = make_resource("minimal", {"kafka.consumerGroup": "other"}, uid="b", creationTimestamp=NEW, status=REACHED)
    marked = seen(mark_of("b", "school/younger"))
    assert claimed(younger, older, kafka=marked) is None
    problem = claimed(older, younger, kafka=marked)
    assert problem is not None
    assert "belongs to IngestorDeployment school/younger, by the owner mark" in problem.message


def test_a_mark_of_somebody_unseen_is_named(make_resource: Any) -> None:
    problem = claimed(make_resource(uid="b"), kafka=seen(mark_of("x", "other/quiz", "elsewhere")), namespace="n")
    assert problem is not None
    assert problem.reason == "TopicClaimed"
    assert "IngestorDeployment other/quiz (uid x), which this operator does not serve" in problem.message
    assert f'{ADOPT_TOPIC}: "true"' in problem.message


def test_a_mark_of_one_that_is_gone_from_the_namespace_is_void(make_resource: Any) -> None:
    own = make_resource(uid="b")
    assert claimed(own, kafka=seen(mark_of("gone")), namespace="n") is None
    # An operator of the whole cluster sees that nobody of that uid is in the other namespace.
    assert claimed(own, kafka=seen(mark_of("gone")), namespace="other", served=frozenset({"n"})) is None
    # Of the same name in another cluster, and one that only this release does not understand.
    assert claimed(own, kafka=seen(mark_of("gone")), namespace="other") is not None
    assert claimed(own, kafka=seen(mark_of("gone")), namespace="n", not_understood=frozenset({"gone"})) is not None


def test_a_mark_of_one_that_went_to_another_kafka_is_void(make_resource: Any) -> None:
    moved = make_resource("minimal", {"kafka.bootstrapServers": "other:9092"}, uid="a")
    assert claimed(make_resource(uid="b"), moved, kafka=seen(mark_of("a"))) is None


def test_the_annotation_takes_a_topic_over_once(make_resource: Any) -> None:
    annotations = {ADOPT_TOPIC: "true"}
    marked = seen(mark_of("x", "other/quiz", "elsewhere"))
    assert claimed(make_resource(uid="b", annotations=annotations), kafka=marked) is None
    used = make_resource(uid="b", annotations=annotations, status={"topic": TOLD | {"adopted": True}})
    problem = claimed(used, kafka=marked)
    assert problem is not None
    assert f"remove its annotation {ADOPT_TOPIC}" in problem.message


def test_of_the_same_second_exactly_one_wins(make_resource: Any) -> None:
    one, other = (make_resource(name=uid, uid=uid, status=REACHED) for uid in "ab")
    assert (claimed(one, other) is None) != (claimed(other, one) is None)


def test_other_topics_or_another_kafka_are_no_claim(make_resource: Any) -> None:
    own = make_resource(uid="b", creationTimestamp=NEW)
    topics = {"kafka.topic": {"name": "x"}, "kafka.deadLetterTopic": {"name": "x.dlq"}, "kafka.consumerGroup": "x"}
    assert claimed(own, make_resource("minimal", topics, uid="a", status=REACHED)) is None
    elsewhere = make_resource("minimal", {"kafka.bootstrapServers": "other:9092"}, uid="a", status=REACHED)
    assert claimed(own, elsewhere) is None


def test_one_broker_written_in_two_manners_is_one_kafka(make_resource: Any) -> None:
    own = make_resource("minimal", {"kafka.bootstrapServers": "kafka.svc"}, uid="b", creationTimestamp=NEW)
    servers = "PLAINTEXT://kafka.svc:09092"
    reached = {"topic": TOLD | {"bootstrapServers": "kafka.svc:9092"}}
    assert claimed(own, make_resource("minimal", {"kafka.bootstrapServers": servers}, uid="a", status=reached))


def test_a_dead_letter_topic_counts_too(make_resource: Any) -> None:
    own = make_resource(uid="b", creationTimestamp=NEW)
    topics = {"kafka.topic": {"name": "quiz-events.dlq"}, "kafka.deadLetterTopic": {"name": "z"}}
    assert claimed(own, make_resource("minimal", topics, uid="a", status=REACHED)) is not None


def test_one_topic_by_two_addresses_is_told_by_its_id(make_resource: Any) -> None:
    own = make_resource(uid="b", creationTimestamp=NEW, status=REACHED)
    other = make_resource("minimal", {"kafka.bootstrapServers": "alias:9092"}, uid="a", status=REACHED)
    assert claimed(own, other) is not None


def test_by_another_address_too_the_younger_is_told_at_its_first_look(make_resource: Any) -> None:
    older = make_resource("minimal", {"kafka.bootstrapServers": "alias:9092"}, uid="a", status=REACHED)
    younger = make_resource(uid="b", creationTimestamp=NEW)
    assert claimed(younger, older, kafka=seen()) is not None
    assert claimed(younger, older, kafka=seen(id="other")) is None


def test_one_consumer_group_has_one_owner_too(make_resource: Any) -> None:
    topics = {"kafka.topic": {"name": "x"}, "kafka.deadLetterTopic": {"name": "x.dlq"}}
    readers = topics | {"kafka.consumerGroup": "readers"}
    older = make_resource("minimal", readers, uid="a", creationTimestamp=OLD, status={"topic": TOLD | {"name": "x"}})
    own = make_resource("minimal", {"kafka.consumerGroup": "readers"}, name="own", uid="b", creationTimestamp=NEW)
    problem = claimed(own, older)
    assert problem is not None
    assert problem.reason == "GroupClaimed"
    assert "Consumer group readers belongs to IngestorDeployment school/quiz, which is older" in problem.message
    assert claimed(older, own) is None
    # Its group is no claim to its topics: they may still be deleted.
    assert rivals(own, [older], UNSEEN) == []
    elsewhere = make_resource("minimal", readers | {"kafka.bootstrapServers": "other:9092"}, uid="a", status=REACHED)
    assert claimed(own, elsewhere) is None
    unreached = make_resource("minimal", readers, uid="a", creationTimestamp=OLD)
    assert claimed(own, unreached) is None


def test_one_that_only_observes_claims_nothing(make_resource: Any) -> None:
    own = make_resource(uid="b", creationTimestamp=NEW)
    assert claimed(own, make_resource("minimal", {"mode": "Observe"}, uid="a", status=REACHED)) is None


OTHER = {"kafka.topic": {"name": "x"}, "kafka.deadLetterTopic": {"name": "x.dlq"}, "kafka.consumerGroup": "x"}
GROUP = "analytics-event-processors"
NAMES = {
    "kafka.topic.name": ("kafka.topic", {"name": "quiz-events"}, "opic quiz-events"),
    "kafka.deadLetterTopic.name": ("kafka.deadLetterTopic", {"name": "quiz-events.dlq"}, "opic quiz-events.dlq"),
    "kafka.consumerGroup": ("kafka.consumerGroup", GROUP, f"onsumer group {GROUP}"),
}


@pytest.mark.parametrize("by_mark", [False, True])
@given(shared=st.sets(st.sampled_from(sorted(NAMES)), min_size=1))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_claim_is_told_at_once_with_what_to_do(make_resource: Any, by_mark: bool, shared: set[str]) -> None:
    changes = OTHER | {NAMES[field][0]: NAMES[field][1] for field in shared}
    older = make_resource("minimal", changes, name="older", uid="a", creationTimestamp=OLD, status=REACHED)
    marked = {
        name: TopicFacts(name, "same", 1, 1, mark=mark_of("a", "school/older"))
        for field, name in (("kafka.topic.name", "quiz-events"), ("kafka.deadLetterTopic.name", "quiz-events.dlq"))
        if by_mark and field in shared
    }
    younger = make_resource(name="younger", uid="b", creationTimestamp=NEW)
    problem = claimed(younger, older, kafka=KafkaFacts(marked) if by_mark else UNSEEN)
    assert problem is not None
    assert problem.reason == ("GroupClaimed" if shared == {"kafka.consumerGroup"} else "TopicClaimed")
    told, remedy, nothing = problem.message.split(". ")
    for field, (_, _, words) in NAMES.items():
        assert (words in told.replace("quiz-events.dlq", "" if words.endswith("events") else "quiz-events.dlq")) == (
            field in shared
        )
        assert (field in remedy) == (field in shared)
    assert "create it anew" in remedy
    # Taking the topics over would not give it the group.
    assert (ADOPT_TOPIC in remedy) == (by_mark and "kafka.consumerGroup" not in shared)
    assert "what it has runs on" in nothing


def test_what_belongs_to_one_is_told_together_and_what_belongs_to_others_apart(make_resource: Any) -> None:
    first = make_resource("minimal", OTHER, name="first", uid="a", creationTimestamp=OLD, status=REACHED)
    own = make_resource(name="own", uid="b", creationTimestamp=NEW)
    marks = {
        "quiz-events": TopicFacts("quiz-events", "same", 1, 1, mark=mark_of("x", "other/quiz", "elsewhere")),
        "quiz-events.dlq": TopicFacts("quiz-events.dlq", "same", 1, 1, mark=mark_of("x", "other/quiz", "elsewhere")),
    }
    problem = claimed(own, first, kafka=KafkaFacts(marks))
    assert problem is not None
    assert problem.message.startswith(
        "Topic quiz-events and topic quiz-events.dlq belong to IngestorDeployment other/quiz (uid x), which this"
        " operator does not serve, by the owner mark in Kafka. Names cannot be changed, so delete this one and create"
        " it anew with another kafka.topic.name and kafka.deadLetterTopic.name, or annotate it with"
    )
