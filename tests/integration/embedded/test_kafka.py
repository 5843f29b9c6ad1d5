"""The embedded Kafka is a real broker that comes back with its data, also after kill -9."""

import time

from confluent_kafka import Consumer, Message, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic
from integration.stack import KafkaFactory

from ingestor_dev.embedded.kafka import EmbeddedKafka

_SECONDS = 30.0


def _produce(server: EmbeddedKafka, topic: str, values: list[bytes]) -> None:
    producer = Producer({**server.client_config(), "acks": "all", "enable.idempotence": True})
    failed: list[object] = []
    for value in values:
        producer.produce(topic, value, on_delivery=lambda error, _: failed.append(error) if error else None)
    assert producer.flush(_SECONDS) == 0
    assert failed == []


def _consume(server: EmbeddedKafka, topic: str, count: int, group: str = "readers") -> list[bytes]:
    consumer = Consumer({**server.client_config(), "group.id": group, "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    values: list[bytes] = []
    deadline = time.monotonic() + _SECONDS
    try:
        while len(values) < count and time.monotonic() < deadline:
            values.extend(_value(message) for message in consumer.consume(count, timeout=1.0))
    finally:
        consumer.close()
    return values


def _value(message: Message) -> bytes:
    assert message.error() is None
    value = message.value()
    assert isinstance(value, bytes)
    return value


def _create_topic(server: EmbeddedKafka, topic: str) -> None:
    admin = AdminClient(server.client_config())
    admin.create_topics([NewTopic(topic, 3, 1)])[topic].result(_SECONDS)


def test_what_is_acknowledged_by_all_replicas_can_be_consumed(kafka: EmbeddedKafka, topic: str) -> None:
    sent = [b"event-%d" % number for number in range(100)]

    _produce(kafka, topic, sent)

    assert sorted(_consume(kafka, topic, len(sent), group=f"readers-of-{topic}")) == sorted(sent)


def test_data_survives_a_restart_and_a_kill(private_kafka: KafkaFactory) -> None:
    server = private_kafka()
    _create_topic(server, "kept")
    _produce(server, "kept", [b"before restart"])

    server.restart()
    _produce(server, "kept", [b"before kill"])
    server.kill()
    assert not server.running
    server.start()
    server.wait_ready()

    assert sorted(_consume(server, "kept", 2)) == [b"before kill", b"before restart"]
