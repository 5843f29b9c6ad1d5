"""Two resources that claim one topic: the older wins, the younger says so."""

from typing import Any

from ingestor_operator.plan.claims import claim_problem

OLD, NEW = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"


def test_the_older_wins_and_the_younger_says_so(make_resource: Any) -> None:
    older = make_resource(name="older", uid="a", creationTimestamp=OLD)
    younger = make_resource(name="younger", uid="b", creationTimestamp=NEW)
    assert claim_problem(older, [younger]) is None
    problem = claim_problem(younger, [older])
    assert problem is not None
    assert problem.reason == "TopicClaimed"
    assert "school/older, which is older" in problem.message


def test_of_the_same_second_exactly_one_wins(make_resource: Any) -> None:
    one, other = make_resource(name="one", uid="a"), make_resource(name="other", uid="b")
    assert (claim_problem(one, [other]) is None) != (claim_problem(other, [one]) is None)


def test_other_topics_or_another_kafka_are_no_claim(make_resource: Any) -> None:
    own = make_resource(uid="b", creationTimestamp=NEW)
    topics = {"kafka.topic": {"name": "x"}, "kafka.deadLetterTopic": {"name": "x.dlq"}}
    assert claim_problem(own, [make_resource("minimal", topics, uid="a")]) is None
    elsewhere = make_resource("minimal", {"kafka.bootstrapServers": "other:9092"}, uid="a")
    assert claim_problem(own, [elsewhere]) is None


def test_a_dead_letter_topic_counts_too(make_resource: Any) -> None:
    own = make_resource(uid="b", creationTimestamp=NEW)
    sharing = make_resource(
        "minimal", {"kafka.topic": {"name": "quiz-events.dlq"}, "kafka.deadLetterTopic": {"name": "z"}}
    )
    assert claim_problem(own, [sharing]) is not None


def test_one_topic_by_two_addresses_is_told_by_its_id(make_resource: Any) -> None:
    status = {"topic": {"name": "quiz-events", "id": "same", "partitions": 3}}
    own = make_resource(uid="b", creationTimestamp=NEW, status=status)
    other = make_resource("minimal", {"kafka.bootstrapServers": "alias:9092"}, uid="a", status=status)
    assert claim_problem(own, [other]) is not None


def test_one_that_only_observes_claims_nothing(make_resource: Any) -> None:
    own = make_resource(uid="b", creationTimestamp=NEW)
    assert claim_problem(own, [make_resource("minimal", {"mode": "Observe"}, uid="a")]) is None
