"""A dead letter goes back as the record that it was: in its session's partition, with the time of its acceptance."""

import json
import time
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest
from integration.admin.commands import admin
from integration.api.sending import Record, new_event, records_of
from integration.kafka_sending import RecordSender

from ingestor_common.events import parse
from ingestor_common.kafka import producer_config
from ingestor_common.records import value_of
from ingestor_common.settings import KafkaSettings
from ingestor_dev.embedded.kafka import EmbeddedKafka

SESSIONS = 50


def settings_of(kafka: EmbeddedKafka, topic: str) -> KafkaSettings:
    return KafkaSettings(kafka_brokers=kafka.bootstrap, kafka_topic=topic)


def java_murmur2(data: bytes) -> int:
    """Kafka's own hash, as in org.apache.kafka.common.utils.Utils.murmur2, unsigned."""
    m, mask = 0x5BD1E995, 0xFFFFFFFF
    h = 0x9747B28C ^ len(data)
    for start in range(0, len(data) - len(data) % 4, 4):
        k = int.from_bytes(data[start : start + 4], "little") * m & mask
        k = (k ^ k >> 24) * m & mask
        h = h * m & mask ^ k
    rest = data[len(data) - len(data) % 4 :]
    if rest:
        h = (h ^ int.from_bytes(rest, "little")) * m & mask
    h = (h ^ h >> 13) * m & mask
    return h ^ h >> 15


def test_every_retried_record_is_in_its_sessions_partition(kafka: EmbeddedKafka, topic: str) -> None:
    sessions = [str(uuid4()).encode() for _ in range(SESSIONS)]
    letters = RecordSender(kafka.client_config())
    for session in sessions:
        letters.put(f"{topic}.dlq", b"{", session, headers=[("dlq-topic", topic.encode())])
    letters.flush()
    ours = RecordSender(producer_config(settings_of(kafka, topic), "test"))
    for session in sessions:
        ours.put(topic, b"{", session)
    ours.flush()

    assert admin({"KAFKA_BROKERS": kafka.bootstrap, "KAFKA_TOPIC": topic}, "dlq", "retry", "--all").returncode == 0

    places: dict[bytes, list[int]] = {}
    for record in records_of(kafka, topic):
        places.setdefault(record.key, []).append(record.partition)
    assert places == {session: [(java_murmur2(session) & 0x7FFFFFFF) % 3] * 2 for session in sessions}


def letter_of(kafka: EmbeddedKafka, topic: str, written_ms: int, *own: tuple[str, bytes]) -> None:
    """A dead letter that was written then."""
    letters = RecordSender(kafka.client_config())
    letters.put(f"{topic}.dlq", b"{", b"s", headers=[("dlq-topic", topic.encode()), *own], timestamp=written_ms)
    letters.flush()


def retried(kafka: EmbeddedKafka, topic: str) -> Record:
    """The one dead letter, as it came back."""
    done = admin({"KAFKA_BROKERS": kafka.bootstrap, "KAFKA_TOPIC": topic}, "dlq", "retry", "--all")
    assert done.returncode == 0, done.stderr
    (record,) = records_of(kafka, topic)
    return record


@pytest.mark.parametrize("is_told", [True, False])
def test_a_retried_record_keeps_the_time_of_its_acceptance(kafka: EmbeddedKafka, topic: str, is_told: bool) -> None:
    dead_ms = int(time.time() * 1000) - 3_600_000
    accepted_ms = dead_ms - 7_200_000
    letter_of(kafka, topic, dead_ms, *([("dlq-timestamp", str(accepted_ms).encode())] if is_told else []))

    record = retried(kafka, topic)

    assert record.timestamp_ms == (accepted_ms if is_told else dead_ms)
    assert record.headers == {}


def test_a_record_that_is_retried_after_weeks_is_too_young_for_retention(kafka: EmbeddedKafka, topic: str) -> None:
    now_ms = int(time.time() * 1000)
    letter_of(kafka, topic, now_ms, ("dlq-timestamp", str(now_ms - 30 * 86_400_000).encode()))

    assert now_ms - 86_400_000 <= retried(kafka, topic).timestamp_ms <= now_ms


@pytest.mark.parametrize("text", ["", "x", "-2", "9" * 40, "²", "1e9"])
def test_a_dead_letter_whose_time_cannot_be_read_is_sent_back_all_the_same(
    kafka: EmbeddedKafka, topic: str, text: str
) -> None:
    dead_ms = int(time.time() * 1000)
    letter_of(kafka, topic, dead_ms, ("dlq-timestamp", text.encode()))

    assert retried(kafka, topic).timestamp_ms == dead_ms


async def test_replay_judges_an_events_time_by_the_records(
    kafka: EmbeddedKafka, topic: str, migrated_database: str
) -> None:
    now = datetime.now(UTC)
    # In time by the clock that accepted it, which was ahead of this one; and one that never was in time.
    accepted, before = now + timedelta(minutes=50), now - timedelta(days=2)
    sender = RecordSender(kafka.client_config())
    kept, refused = (
        new_event(timestamp=moment.isoformat()) for moment in (accepted + timedelta(hours=23, minutes=30), now)
    )
    for fields, moment in ((kept, accepted), (refused, before)):
        event = parse(json.dumps(fields).encode(), accepted)
        sender.put(topic, value_of(event), b"s", timestamp=int(moment.timestamp() * 1000))
    sender.flush()

    environment = {"KAFKA_BROKERS": kafka.bootstrap, "KAFKA_TOPIC": topic, "DATABASE_URL": migrated_database}
    done = admin(environment, "replay")

    assert done.returncode == 0, done.stderr
    connection = await asyncpg.connect(migrated_database)
    try:
        rows = await connection.fetch("SELECT event_id FROM events")
    finally:
        await connection.close()
    assert [row["event_id"] for row in rows] == [kept["event_id"]]
