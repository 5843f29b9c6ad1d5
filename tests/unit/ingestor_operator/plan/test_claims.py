"""Two resources that claim one topic: the older wins, the younger says so."""

from typing import Any

from ingestor_operator.kafka.facts import KafkaFacts, KafkaUnreachable, TopicFacts
from ingestor_operator.plan.claims import claim_problem, rivals

OLD, NEW = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"
UNSEEN = KafkaUnreachable("KafkaUnreachable", "nobody answers")


def test_the_older_wins_and_the_younger_says_so(make_resource: Any) -> None:
    older = make_resource(name="older", uid="a", creationTimestamp=OLD)
    younger = make_resource(name="younger", uid="b", creationTimestamp=NEW)
    assert claim_problem(older, [younger], UNSEEN) is None
    problem = claim_problem(younger, [older], UNSEEN)
    assert problem is not None
    assert problem.reason == "TopicClaimed"
    assert "school/older, which is older" in problem.message


def test_of_the_same_second_exactly_one_wins(make_resource: Any) -> None:
    one, other = make_resource(name="one", uid="a"), make_resource(name="other", uid="b")
    assert (claim_problem(one, [other], UNSEEN) is None) != (claim_problem(other, [one], UNSEEN) is None)


def test_other_topics_or_another_kafka_are_no_claim(make_resource: Any) -> None:
    own = make_resource(uid="b", creationTimestamp=NEW)
    topics = {"kafka.topic": {"name": "x"}, "kafka.deadLetterTopic": {"name": "x.dlq"}, "kafka.consumerGroup": "x"}
    assert claim_problem(own, [make_resource("minimal", topics, uid="a")], UNSEEN) is None
    elsewhere = make_resource("minimal", {"kafka.bootstrapServers": "other:9092"}, uid="a")
    assert claim_problem(own, [elsewhere], UNSEEN) is None


def test_one_broker_written_in_two_manners_is_one_kafka(make_resource: Any) -> None:
    own = make_resource("minimal", {"kafka.bootstrapServers": "kafka.svc"}, uid="b", creationTimestamp=NEW)
    other = make_resource("minimal", {"kafka.bootstrapServers": "PLAINTEXT://kafka.svc:09092"}, uid="a")
    assert claim_problem(own, [other], UNSEEN) is not None


def test_a_dead_letter_topic_counts_too(make_resource: Any) -> None:
    own = make_resource(uid="b", creationTimestamp=NEW)
    sharing = make_resource(
        "minimal", {"kafka.topic": {"name": "quiz-events.dlq"}, "kafka.deadLetterTopic": {"name": "z"}}
    )
    assert claim_problem(own, [sharing], UNSEEN) is not None


def test_one_topic_by_two_addresses_is_told_by_its_id(make_resource: Any) -> None:
    status = {"topic": {"name": "quiz-events", "id": "same", "partitions": 3}}
    own = make_resource(uid="b", creationTimestamp=NEW, status=status)
    other = make_resource("minimal", {"kafka.bootstrapServers": "alias:9092"}, uid="a", status=status)
    assert claim_problem(own, [other], UNSEEN) is not None


def test_by_another_address_too_the_younger_is_told_at_its_first_look(make_resource: Any) -> None:
    status = {"topic": {"name": "quiz-events", "id": "same", "partitions": 3}}
    older = make_resource("minimal", {"kafka.bootstrapServers": "alias:9092"}, uid="a", status=status)
    younger = make_resource(uid="b", creationTimestamp=NEW)
    seen = KafkaFacts({"quiz-events": TopicFacts("quiz-events", "same", 3, 1)})
    assert claim_problem(younger, [older], seen) is not None
    elsewhere = KafkaFacts({"quiz-events": TopicFacts("quiz-events", "other", 3, 1)})
    assert claim_problem(younger, [older], elsewhere) is None
    assert (
        claim_problem(younger, [make_resource("minimal", {"kafka.bootstrapServers": "alias:9092"}, uid="a")], seen)
        is None
    )


def test_one_consumer_group_has_one_owner_too(make_resource: Any) -> None:
    topics = {"kafka.topic": {"name": "x"}, "kafka.deadLetterTopic": {"name": "x.dlq"}}
    older = make_resource("minimal", topics | {"kafka.consumerGroup": "readers"}, uid="a", creationTimestamp=OLD)
    own = make_resource("minimal", {"kafka.consumerGroup": "readers"}, name="own", uid="b", creationTimestamp=NEW)
    problem = claim_problem(own, [older], UNSEEN)
    assert problem is not None
    assert problem.reason == "GroupClaimed"
    assert "Consumer group readers belongs to IngestorDeployment school/quiz, which is older" in problem.message
    assert claim_problem(older, [own], UNSEEN) is None
    # Its group is no claim to its topics: they may still be deleted.
    assert rivals(own, [older], UNSEEN) == []
    elsewhere = make_resource(
        "minimal", topics | {"kafka.consumerGroup": "readers", "kafka.bootstrapServers": "other:9092"}, uid="a"
    )
    assert claim_problem(own, [elsewhere], UNSEEN) is None


def test_one_that_only_observes_claims_nothing(make_resource: Any) -> None:
    own = make_resource(uid="b", creationTimestamp=NEW)
    assert claim_problem(own, [make_resource("minimal", {"mode": "Observe"}, uid="a")], UNSEEN) is None
