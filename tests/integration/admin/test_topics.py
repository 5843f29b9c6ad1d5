"""`ingestor-admin topic` makes the topics and shows who reads them."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient
from integration.admin.commands import admin
from integration.kafka_sending import RecordSender

from ingestor_common.kafka import describe_topic
from ingestor_dev.embedded.kafka import EmbeddedKafka


@pytest.fixture
def environment(kafka: EmbeddedKafka, kafka_admin: AdminClient) -> Iterator[dict[str, str]]:
    """The name of a topic that does not exist; what the test makes of it is deleted."""
    name = f"school-{uuid4().hex[:8]}"
    yield {"KAFKA_BROKERS": kafka.bootstrap, "KAFKA_TOPIC": name, "KAFKA_GROUP": f"readers-of-{name}"}
    made = {name, f"{name}.dlq"} & set(kafka_admin.list_topics(timeout=10).topics)
    for deleted in kafka_admin.delete_topics(list(made)).values() if made else ():
        deleted.result(10)


def test_create_makes_the_topic_and_its_dead_letter_topic_and_again_changes_nothing(
    environment: dict[str, str], kafka_admin: AdminClient
) -> None:
    name = environment["KAFKA_TOPIC"]
    options = ("topic", "create", "--partitions", "4", "--retention-hours", "2")
    first, second = admin(environment, *options), admin(environment, *options)
    assert (first.returncode, second.returncode) == (0, 0)
    assert first.stdout.splitlines() == [
        f"created {name} (partitions 4, replication factor 1, retention 2 h)",
        f"created {name}.dlq (partitions 1, replication factor 1, retention 720 h)",
    ]
    assert second.stdout.splitlines() == [f"{name} exists", f"{name}.dlq exists"]
    assert len(describe_topic(kafka_admin, name, 10).partitions) == 4
    assert len(describe_topic(kafka_admin, f"{name}.dlq", 10).partitions) == 1


def test_create_names_the_settings_in_which_an_existing_topic_differs(environment: dict[str, str]) -> None:
    admin(environment, "topic", "create", "--partitions", "2")
    different = admin(environment, "topic", "create", "--partitions", "3", "--retention-hours", "1")
    assert different.returncode == 1
    assert "partitions is 2, not 3" in different.stdout
    assert "retention.ms is 604800000, not 3600000" in different.stdout


def test_a_topic_that_nobody_has_read_is_shown_without_offsets(environment: dict[str, str]) -> None:
    admin(environment, "topic", "create", "--partitions", "2")
    shown = admin(environment, "topic")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "nobody has joined it yet" in shown.stdout
    assert [line.split() for line in shown.stdout.splitlines()[2:]] == [
        ["0", "0", "0", "-", "-", "-"],
        ["1", "0", "0", "-", "-", "-"],
    ]


def test_the_groups_offsets_lag_and_members_are_shown(environment: dict[str, str]) -> None:
    admin(environment, "topic", "create", "--partitions", "1")
    topic, brokers = environment["KAFKA_TOPIC"], environment["KAFKA_BROKERS"]
    sender = RecordSender({"bootstrap.servers": brokers})
    for _ in range(5):
        sender.put(topic, b"record")
    sender.flush()
    reader = Consumer(
        {
            "bootstrap.servers": brokers,
            "group.id": environment["KAFKA_GROUP"],
            "group.protocol": "consumer",
            "client.id": "a-reader",
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
        }
    )
    try:
        reader.subscribe([topic])
        assert len(reader.consume(5, 20)) == 5
        reader.commit(offsets=[TopicPartition(topic, 0, 3)], asynchronous=False)
        shown = admin(environment, "topic")
    finally:
        reader.close()
    assert "stable, 1 member" in shown.stdout
    row = shown.stdout.splitlines()[2].split()
    assert row[:6] == ["0", "0", "5", "3", "2", "a-reader"]
