"""Dead letters that are older than what retention has dropped go back only if they are asked for."""

import pytest
from integration.admin.commands import admin
from integration.kafka_sending import RecordSender

from ingestor_dev.embedded.kafka import EmbeddedKafka


@pytest.mark.parametrize(
    ("which", "said"),
    [
        (("--all",), "1 expired one left out: retention has dropped their like\n2 dead letters sent back\n"),
        (("--reason", "expired"), "1 dead letter sent back\n"),
        (("0:1",), "1 dead letter sent back\n"),
    ],
)
def test_all_leaves_expired_ones_out_and_says_so(
    kafka: EmbeddedKafka, topic: str, which: tuple[str, ...], said: str
) -> None:
    sender = RecordSender(kafka.client_config())
    for reason in ("not_json", "expired", "invalid_event"):
        headers = [("dlq-reason", reason.encode()), ("dlq-topic", topic.encode())]
        sender.put(f"{topic}.dlq", b"{}", b"session", headers=[*headers])
    sender.flush()
    environment = {"KAFKA_BROKERS": kafka.bootstrap, "KAFKA_TOPIC": topic}
    planned = admin(environment, "dlq", "retry", "--dry-run", *which)
    assert planned.stdout == said.replace(" sent back", " would be sent back")
    assert admin(environment, "dlq", "retry", *which).stdout == said
