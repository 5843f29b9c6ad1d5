"""Dead letters are listed, shown as they came, and sent back."""

import pytest
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import AlterConfigOpType, ConfigEntry, ConfigResource
from confluent_kafka.admin._resource import ResourceType
from integration.admin.commands import admin
from integration.kafka_sending import RecordSender

from ingestor_dev.embedded.kafka import EmbeddedKafka

LETTERS = [("not_json", b"{"), ("refused_by_database", b'{"answer": "odd"}'), ("not_json", b"\xff")]


@pytest.fixture
def environment(kafka: EmbeddedKafka, topic: str) -> dict[str, str]:
    """Three dead letters of the topic."""
    sender = RecordSender(kafka.client_config())
    for offset, (reason, value) in enumerate(LETTERS):
        headers = [
            ("request-id", b"r-7"),
            ("dlq-reason", reason.encode()),
            ("dlq-error", b"what was wrong"),
            ("dlq-topic", topic.encode()),
            ("dlq-partition", b"2"),
            ("dlq-offset", str(offset).encode()),
            ("dlq-time", b"2026-09-01T08:30:00+00:00"),
        ]
        sender.put(f"{topic}.dlq", value, b"session", headers=[*headers])
    sender.flush()
    return {"KAFKA_BROKERS": kafka.bootstrap, "KAFKA_TOPIC": topic}


def test_dead_letters_are_listed_with_reason_and_origin(environment: dict[str, str]) -> None:
    listed = admin(environment, "dlq", "list")
    assert listed.returncode == 0
    assert listed.stdout.splitlines()[2].split() == [
        "0:1",
        "2026-09-01T08:30:00+00:00",
        "refused_by_database",
        f"{environment['KAFKA_TOPIC']}:2:1",
        *["what", "was", "wrong"],
    ]
    assert listed.stdout.endswith("3 dead letters, 3 shown\n")
    assert admin(environment, "dlq", "list", "--reason", "not_json", "--limit", "1").stdout.endswith(
        "2 dead letters, 1 shown\n"
    )


def test_a_dead_letter_is_shown_with_its_headers_and_its_bytes(environment: dict[str, str]) -> None:
    shown = admin(environment, "dlq", "show", "0:1")
    assert "dlq-error: what was wrong\n" in shown.stdout
    assert "key: session\n" in shown.stdout
    assert shown.stdout.endswith('\n\n{"answer": "odd"}\n')
    assert admin(environment, "dlq", "show", "0:9").returncode == 1


@pytest.mark.parametrize(
    ("which", "expected"),
    [
        (("--all",), [b"{", b'{"answer": "odd"}', b"\xff"]),
        (("--reason", "not_json"), [b"{", b"\xff"]),
        (("0:1",), [b'{"answer": "odd"}']),
    ],
)
def test_dead_letters_are_sent_back_as_they_came(
    environment: dict[str, str], kafka: EmbeddedKafka, which: tuple[str, ...], expected: list[bytes]
) -> None:
    assert admin(environment, "dlq", "retry", "--dry-run", *which).stdout.endswith("would be sent back\n")
    assert admin(environment, "dlq", "retry", *which).returncode == 0
    reader = Consumer(kafka.client_config() | {"group.id": "test"})
    try:
        reader.assign([TopicPartition(environment["KAFKA_TOPIC"], partition, 0) for partition in range(3)])
        back = reader.consume(len(expected), 10)
    finally:
        reader.close()
    assert [message.value() for message in back] == expected
    assert {message.key() for message in back} == {b"session"}
    assert all(message.headers() == [("request-id", b"r-7")] for message in back)


@pytest.mark.parametrize("which", [(), ("--all", "0:1"), ("--all", "--reason", "empty")])
def test_retry_wants_to_know_which(environment: dict[str, str], which: tuple[str, ...]) -> None:
    assert admin(environment, "dlq", "retry", *which).returncode == 2


def test_large_dead_letters_are_sent_back_and_those_the_topic_refuses_are_told(
    kafka: EmbeddedKafka, kafka_admin: AdminClient, topic: str
) -> None:
    limit = ConfigResource(
        ResourceType.TOPIC,
        f"{topic}.dlq",
        incremental_configs=[ConfigEntry("max.message.bytes", "3000000", incremental_operation=AlterConfigOpType.SET)],
    )
    kafka_admin.incremental_alter_configs([limit])[limit].result(10)
    sender = RecordSender(kafka.client_config() | {"message.max.bytes": 4_000_000})
    for size in (1_040_000, 2_000_000):
        sender.put(f"{topic}.dlq", b"x" * size, b"session", headers=[("dlq-topic", topic.encode())])
    sender.flush()
    environment = {"KAFKA_BROKERS": kafka.bootstrap, "KAFKA_TOPIC": topic}
    assert admin(environment, "dlq", "retry", "0:0").stdout == "1 dead letter sent back\n"
    done = admin(environment, "dlq", "retry", "--all")
    assert done.returncode == 3
    assert "Kafka did not take 1 of 2 dead letters: " in done.stderr
    assert "too large" in done.stderr.lower()
