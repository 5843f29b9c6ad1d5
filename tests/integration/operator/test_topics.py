"""The topics are as the spec says, or the status says why not."""

import pytest
from confluent_kafka import TopicCollection
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewPartitions
from integration.operator.broker import alter, commit, config, create, partitions, produce
from integration.operator.cluster import Tenant
from integration.operator.conftest import MakeResource
from integration.operator.kube import RESOURCE, Kube, eventually

from ingestor_dev.embedded.kafka import EmbeddedKafka
from ingestor_dev.embedded.ports import free_port

pytestmark = pytest.mark.usefixtures("operator")


def test_topics_are_created_with_partitions_retention_and_config(
    kube: Kube, make: MakeResource, kafka_admin: AdminClient
) -> None:
    name = make({"kafka": {"topic": {"partitions": 4, "retentionHours": 24, "config": {"max.message.bytes": "65536"}}}})
    kube.await_condition(name, "TopicReady", "TopicsReady")
    assert (partitions(kafka_admin, name), partitions(kafka_admin, f"{name}.dlq")) == (4, 1)
    assert config(kafka_admin, name, "retention.ms") == str(24 * 3_600_000)
    assert config(kafka_admin, name, "max.message.bytes") == "65536"
    assert config(kafka_admin, f"{name}.dlq", "retention.ms") == str(720 * 3_600_000)
    assert config(kafka_admin, f"{name}.dlq", "max.message.bytes") == str(2 * 65536)
    assert config(kafka_admin, f"{name}.dlq", "cleanup.policy") == "delete"
    description = kafka_admin.describe_topics(TopicCollection([name]))[name].result(10)
    assert kube.resource(name)["status"]["topic"]["id"] == str(description.topic_id)


def test_dead_letters_are_as_durable_and_have_a_config(
    kube: Kube, make: MakeResource, kafka_admin: AdminClient
) -> None:
    # One broker takes the setting too; it refuses records only, and that is told.
    topic = {"config": {"min.insync.replicas": "2"}}
    dead = {"config": {"segment.ms": "600000"}}
    name = make({"kafka": {"topic": topic, "deadLetterTopic": dead}})
    condition = kube.await_condition(name, "TopicReady", "TooFewReplicas")
    assert f"No record can be sent to topic {name}: its min.insync.replicas is 2" in condition["message"]
    assert config(kafka_admin, f"{name}.dlq", "min.insync.replicas") == "2"
    assert config(kafka_admin, f"{name}.dlq", "segment.ms") == "600000"
    kube.change(name, {"kafka": {"deadLetterTopic": {"config": {"min.insync.replicas": "1"}}}})
    eventually(lambda: config(kafka_admin, f"{name}.dlq", "min.insync.replicas") == "1")
    kube.change(name, {"kafka": {"topic": {"config": {"min.insync.replicas": "1"}}}})
    kube.await_condition(name, "TopicReady", "TopicsReady")


def test_config_that_was_changed_in_kafka_is_put_back(kube: Kube, make: MakeResource, kafka_admin: AdminClient) -> None:
    name = make({"kafka": {"topic": {"config": {"segment.ms": "600000"}}}})
    kube.await_condition(name, "TopicReady", "TopicsReady")
    alter(kafka_admin, name, **{"retention.ms": "1000", "segment.ms": "700000", "max.message.bytes": "65536"})
    alter(kafka_admin, f"{name}.dlq", **{"cleanup.policy": "compact"})
    eventually(lambda: config(kafka_admin, name, "retention.ms") == str(168 * 3_600_000))
    eventually(lambda: config(kafka_admin, name, "segment.ms") == "600000")
    eventually(lambda: config(kafka_admin, f"{name}.dlq", "cleanup.policy") == "delete")
    # What the spec does not name belongs to whoever set it.
    assert config(kafka_admin, name, "max.message.bytes") == "65536"


def test_config_that_is_changed_in_the_spec_reaches_kafka(
    kube: Kube, make: MakeResource, kafka_admin: AdminClient
) -> None:
    name = make()
    kube.await_condition(name, "TopicReady", "TopicsReady")
    kube.change(name, {"kafka": {"topic": {"retentionHours": 1, "config": {"segment.ms": "600000"}}}})
    eventually(lambda: config(kafka_admin, name, "retention.ms") == "3600000")
    eventually(lambda: config(kafka_admin, name, "segment.ms") == "600000")
    eventually(lambda: "TopicConfigured" in kube.event_reasons(name))


@pytest.mark.parametrize(
    ("setting", "text", "shown"),
    [
        ("preallocate", "True", "true"),
        ("preallocate", " FALSE ", "false"),
        ("min.insync.replicas", "01", "1"),
        ("segment.ms", "+3600000", "3600000"),
        ("segment.ms", " 3600000\t", "3600000"),
        ("min.cleanable.dirty.ratio", "0.50", "0.5"),
        ("min.cleanable.dirty.ratio", "1", "1.0"),
        ("min.cleanable.dirty.ratio", "5e-5", "5.0E-5"),
        ("min.cleanable.dirty.ratio", "0x1p-1", "0.5"),
        ("segment.ms", "\u0663600000", "3600000"),
        ("follower.replication.throttled.replicas", " 1:1 , 0:1", "1:1,0:1"),
        ("compression.type", " gzip", "gzip"),
    ],
)
def test_a_setting_that_kafka_writes_otherwise_is_set_once(
    kube: Kube, make: MakeResource, place: Tenant, kafka_admin: AdminClient, setting: str, text: str, shown: str
) -> None:
    name = make()
    kube.await_condition(name, "TopicReady", "TopicsReady")
    kube.change(name, {"kafka": {"topic": {"config": {setting: text}}}})
    eventually(lambda: config(kafka_admin, name, setting) == shown)
    kube.await_condition(name, "TopicReady", "TopicsReady")
    place.await_looks(name, 2)
    told = [event["count"] for event in kube.events(name) if event["reason"] == "TopicConfigured"]
    # One that was so before is not set at all.
    assert told in ([1], [])
    assert kube.condition(name, "TopicReady")["reason"] == "TopicsReady"


def test_a_value_that_is_refused_is_reported_and_not_taken_for_set(kube: Kube, make: MakeResource) -> None:
    name = make({"kafka": {"topic": {"config": {"segment.ms": " x"}}}})
    condition = kube.await_condition(name, "TopicReady", "KafkaRefused")
    assert "segment.ms" in condition["message"]


def test_the_dead_letter_topic_follows_its_fields(kube: Kube, make: MakeResource, kafka_admin: AdminClient) -> None:
    name = make()
    kube.await_condition(name, "TopicReady", "TopicsReady")
    kube.change(name, {"kafka": {"deadLetterTopic": {"partitions": 2, "retentionHours": 24}}})
    eventually(lambda: partitions(kafka_admin, f"{name}.dlq") == 2)
    eventually(lambda: config(kafka_admin, f"{name}.dlq", "retention.ms") == str(24 * 3_600_000))
    assert partitions(kafka_admin, name) == 3


def test_a_setting_that_kafka_does_not_know_is_reported(kube: Kube, make: MakeResource) -> None:
    name = make({"kafka": {"topic": {"config": {"no.such.setting": "1"}}}})
    condition = kube.await_condition(name, "TopicReady", "KafkaRefused")
    assert "no.such.setting" in condition["message"]


def test_partitions_are_raised_while_nothing_waits(kube: Kube, make: MakeResource, kafka_admin: AdminClient) -> None:
    name = make()
    kube.await_condition(name, "TopicReady", "TopicsReady")
    kube.change(name, {"kafka": {"topic": {"partitions": 6}}})
    eventually(lambda: partitions(kafka_admin, name) == 6)
    eventually(lambda: "PartitionsRaised" in kube.event_reasons(name))
    eventually(lambda: kube.resource(name)["status"]["topic"]["partitions"] == 6)


def test_partitions_wait_while_records_wait_unless_a_person_allows_it(
    kube: Kube, make: MakeResource, kafka: EmbeddedKafka, kafka_admin: AdminClient
) -> None:
    name = make()
    kube.await_condition(name, "TopicReady", "TopicsReady")
    produce(kafka, name, 30)
    commit(kafka, name, name, dict.fromkeys(range(3), 0))
    eventually(lambda: kube.resource(name)["status"]["consumer"].get("lag") == 30)
    kube.change(name, {"kafka": {"topic": {"partitions": 6}}})
    condition = kube.await_condition(name, "TopicReady", "PartitionIncreaseWaits")
    assert f"until group {name} has stored every record" in condition["message"]
    assert "30 records are not stored yet" in condition["message"]
    since = kube.resource(name)["status"]["topic"]["increaseWaitsSince"]
    assert f"It waits since {since}, for 0 minutes." in condition["message"]
    assert 'ingestor.dev/allow-partition-increase: "true"' in condition["message"]
    assert partitions(kafka_admin, name) == 3
    annotation = {"metadata": {"annotations": {"ingestor.dev/allow-partition-increase": "true"}}}
    kube.patch(RESOURCE, "IngestorDeployment", name, annotation)
    eventually(lambda: partitions(kafka_admin, name) == 6)


def test_more_partitions_than_the_spec_says_are_reported(
    kube: Kube, make: MakeResource, kafka_admin: AdminClient
) -> None:
    name = make()
    kube.await_condition(name, "TopicReady", "TopicsReady")
    kafka_admin.create_partitions([NewPartitions(name, 5)])[name].result(10)
    condition = kube.await_condition(name, "TopicReady", "MorePartitions")
    assert condition["status"] == "True"
    assert "has 5 partitions, the spec says 3" in condition["message"]


def test_a_replication_factor_that_differs_is_reported(
    kube: Kube, make: MakeResource, kafka_admin: AdminClient
) -> None:
    adopting = {"ingestor.dev/adopt-topic": "true"}
    name = make({"paused": True, "kafka": {"topic": {"replicationFactor": 3}}}, annotations=adopting)
    create(kafka_admin, name, 3)
    create(kafka_admin, f"{name}.dlq", 1)
    kube.change(name, {"paused": False})
    condition = kube.await_condition(name, "TopicReady", "ReplicationFactorDiffers")
    assert "replication factor 1, the spec says 3" in condition["message"]


def test_more_replicas_than_brokers_are_refused_by_kafka_and_said(kube: Kube, make: MakeResource) -> None:
    name = make({"kafka": {"topic": {"replicationFactor": 3}}})
    condition = kube.await_condition(name, "TopicReady", "KafkaRefused")
    assert "replication factor" in condition["message"].lower()


def test_a_recreated_topic_is_noticed(kube: Kube, make: MakeResource, kafka_admin: AdminClient) -> None:
    name = make()
    kube.await_condition(name, "TopicReady", "TopicsReady")
    kafka_admin.delete_topics([name])[name].result(10)
    eventually(lambda: "TopicRecreated" in kube.event_reasons(name))
    eventually(lambda: partitions(kafka_admin, name) == 3)


def test_a_second_claim_on_a_topic_is_refused_to_the_younger(kube: Kube, make: MakeResource) -> None:
    older = make()
    kube.await_condition(older, "TopicReady", "TopicsReady")
    younger = make({"kafka": {"topic": {"name": older}}})
    condition = kube.await_condition(younger, "TopicReady", "TopicClaimed")
    assert f"to IngestorDeployment {kube.namespace}/{older}, by the owner mark in Kafka" in condition["message"]
    assert kube.find("apps/v1", "Deployment", f"{younger}-consumer") is None
    assert kube.condition(older, "TopicReady")["reason"] == "TopicsReady"
    eventually(lambda: "TopicClaimed" in kube.event_reasons(younger))
    kube.delete(RESOURCE, "IngestorDeployment", older)
    kube.await_condition(younger, "TopicReady", "TopicsReady")


def test_an_unreachable_kafka_is_said_and_consumers_wait_for_it(kube: Kube, make: MakeResource) -> None:
    name = make({"kafka": {"bootstrapServers": f"127.0.0.1:{free_port()}"}})
    condition = kube.await_condition(name, "TopicReady", "KafkaUnreachable", 30)
    assert "could not be read" in condition["message"]
    assert kube.find("apps/v1", "Deployment", f"{name}-api")
    assert kube.resource(name)["status"]["consumer"]["lagState"] == "Unknown"
    eventually(lambda: "KafkaUnreachable" in kube.event_reasons(name))
    # Whose the topics are is not known yet.
    assert kube.find("apps/v1", "Deployment", f"{name}-consumer") is None
