"""The embedded Kafka is a real broker that comes back with its data, also after kill -9."""

import socket
import time
from pathlib import Path

import pytest
from confluent_kafka import Consumer, KafkaError, Message, Producer
from confluent_kafka.admin import AdminClient
from integration.stack import KafkaFactory, make_topic

from ingestor_dev.embedded.errors import EmbeddedServerError
from ingestor_dev.embedded.kafka import EmbeddedKafka
from ingestor_dev.embedded.kafka_jvm import kafka_tool
from ingestor_dev.embedded.kafka_properties import KafkaConfig
from ingestor_dev.embedded.ports import free_ports

_SECONDS = 30.0


def _produce(server: EmbeddedKafka, topic: str, values: list[bytes], user: str = "admin") -> list[KafkaError | None]:
    """What became of each record."""
    config = server.client_config(user) | {"acks": "all", "enable.idempotence": True, "log_level": 0}
    producer = Producer(config)
    outcomes: list[KafkaError | None] = []
    for value in values:
        producer.produce(topic, value, on_delivery=lambda error, _: outcomes.append(error))
    assert producer.flush(_SECONDS) == 0
    return outcomes


def _consume(server: EmbeddedKafka, topic: str, count: int) -> list[bytes]:
    config = server.client_config() | {"group.id": f"readers-of-{topic}", "auto.offset.reset": "earliest"}
    consumer = Consumer(config)
    consumer.subscribe([topic])
    values: list[bytes] = []
    deadline = time.monotonic() + _SECONDS
    try:
        while len(values) < count and time.monotonic() < deadline:
            values.extend(_value(message) for message in consumer.consume(count, timeout=0.5))
    finally:
        consumer.close()
    return values


def _value(message: Message) -> bytes:
    assert message.error() is None
    value = message.value()
    assert isinstance(value, bytes)
    return value


def _create_topic(server: EmbeddedKafka, topic: str) -> None:
    make_topic(AdminClient(server.client_config()), topic, 3)


def test_what_all_replicas_acknowledged_can_be_consumed(kafka: EmbeddedKafka, topic: str) -> None:
    sent = [b"event-%d" % number for number in range(100)]

    assert _produce(kafka, topic, sent) == [None] * 100
    assert sorted(_consume(kafka, topic, len(sent))) == sorted(sent)


def test_another_node_on_the_same_data_is_refused_and_changes_nothing(kafka: EmbeddedKafka, topic: str) -> None:
    properties = kafka.config.data_dir / "server.properties"
    before = properties.read_text()
    port, controller_port = free_ports(2)
    second = EmbeddedKafka(KafkaConfig(kafka.config.data_dir, port, controller_port))

    with pytest.raises(EmbeddedServerError, match="another Kafka already uses"):
        second.start()

    assert properties.read_text() == before
    assert _produce(kafka, topic, [b"still there"]) == [None]


def test_a_topic_comes_with_its_dead_letter_topic(kafka: EmbeddedKafka, topic: str) -> None:
    topics = AdminClient(kafka.client_config()).list_topics(timeout=_SECONDS).topics

    assert len(topics[topic].partitions) == 3
    assert f"{topic}.dlq" in topics


def test_a_topic_that_nobody_created_does_not_appear(kafka: EmbeddedKafka) -> None:
    producer = Producer(kafka.client_config() | {"allow.auto.create.topics": True, "log_level": 0})

    asked = producer.list_topics("never-created", timeout=_SECONDS).topics["never-created"]

    assert asked.error is not None
    assert asked.error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART


def test_kafkas_command_line_tools_run(kafka: EmbeddedKafka, topic: str) -> None:
    printed = kafka_tool("org.apache.kafka.tools.TopicCommand", "--bootstrap-server", kafka.bootstrap, "--list")

    assert topic in printed.splitlines()


@pytest.mark.long
def test_data_survives_a_restart_and_kill_9(private_kafka: KafkaFactory) -> None:
    server = private_kafka()
    _create_topic(server, "kept")
    assert _produce(server, "kept", [b"before restart"]) == [None]

    server.restart()
    assert _produce(server, "kept", [b"before kill"]) == [None]
    server.kill()
    assert not server.running
    server.start()
    server.wait_ready()

    assert sorted(_consume(server, "kept", 2)) == [b"before kill", b"before restart"]


def test_with_scram_users_one_has_to_log_in_and_to_be_allowed(private_kafka: KafkaFactory) -> None:
    server = private_kafka(scram_users={"admin": "admin-password", "app": "app-password"})
    _create_topic(server, "guarded")

    (refused,) = _produce(server, "guarded", [b"event"], user="app")

    assert refused is not None
    assert refused.code() == KafkaError.TOPIC_AUTHORIZATION_FAILED
    assert _produce(server, "guarded", [b"event"], user="admin") == [None]


def test_jmx_answers_on_its_port(tmp_path: Path) -> None:
    port, controller_port, jmx_port = free_ports(3)
    server = EmbeddedKafka(KafkaConfig(tmp_path, port, controller_port, jmx_port=jmx_port))
    try:
        server.start()
        server.wait_ready()
        printed = kafka_tool(
            "org.apache.kafka.tools.JmxTool",
            *("--jmx-url", f"service:jmx:rmi:///jndi/rmi://127.0.0.1:{jmx_port}/jmxrmi"),
            *("--object-name", "kafka.server:type=BrokerTopicMetrics,name=MessagesInPerSec"),
            *("--one-time", "--report-format", "properties"),
        )
    finally:
        server.kill()

    assert "MessagesInPerSec:Count=0" in printed


def test_a_taken_port_is_an_error_that_names_it(tmp_path: Path) -> None:
    port, controller_port = free_ports(2)
    server = EmbeddedKafka(KafkaConfig(tmp_path, port, controller_port))

    with (
        socket.create_server(("127.0.0.1", port)),
        pytest.raises(EmbeddedServerError, match=f"port {port} .* is taken; .*choose another port"),
    ):
        server.start()


def test_a_node_that_cannot_start_is_an_error_with_the_reason(tmp_path: Path) -> None:
    port, controller_port = free_ports(2)
    config = KafkaConfig(tmp_path, port, controller_port, extra={"log.retention.hours": "soon"})

    with pytest.raises(EmbeddedServerError, match="Invalid value soon for configuration log.retention.hours"):
        EmbeddedKafka(config).start()
