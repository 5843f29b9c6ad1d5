"""A replay stores what can be read, whatever holds one of the partitions, and says what was left and why."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from integration.admin.commands import admin
from integration.consumer.lessons import events
from integration.kafka_sending import RecordSender
from integration.stack import TopicFactory, make_topic
from integration.waiting import wait_until

from ingestor_common.counted_nouns import counted_noun
from ingestor_common.events import Event
from ingestor_common.kafka_log.leader import find_leaders
from ingestor_common.records import key_of, value_of
from ingestor_dev.embedded.kafka import EmbeddedKafka
from ingestor_dev.embedded.kafka_properties import KafkaConfig
from ingestor_dev.embedded.ports import free_ports

PARTS: Sequence[Sequence[Event]] = [events(8, seed=partition) for partition in range(3)]
_SECONDS = 60


def _send(kafka: EmbeddedKafka, topic: str) -> None:
    """Eight events in each of three partitions."""
    sender = RecordSender(kafka.client_config())
    for partition, part in enumerate(PARTS):
        for event in part:
            sender.put(topic, value_of(event), key_of(event), partition=partition)
    sender.flush()


@pytest.fixture
def environment(kafka: EmbeddedKafka, topic_factory: TopicFactory, migrated_database: str) -> dict[str, str]:
    topic = topic_factory(3)
    _send(kafka, topic)
    return {"KAFKA_BROKERS": kafka.bootstrap, "KAFKA_TOPIC": topic, "DATABASE_URL": migrated_database}


def _ids(*parts: Sequence[Event]) -> set[str]:
    return {event.event_id for part in parts for event in part}


async def _stored(environment: Mapping[str, str]) -> set[str]:
    connection = await asyncpg.connect(environment["DATABASE_URL"])
    try:
        return {row[0] for row in await connection.fetch("SELECT event_id FROM events")}
    finally:
        await connection.close()


async def _execute(environment: Mapping[str, str], statement: str) -> None:
    connection = await asyncpg.connect(environment["DATABASE_URL"])
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _outcome(read: int, missing: int, known: int = 0) -> str:
    told = (
        f"{counted_noun(read, 'record')} read: {counted_noun(missing, 'event was missing', 'events were missing')}",
        counted_noun(known, "was stored already", "were stored already"),
        "0 are refused by the database, 0 are no events\n",
    )
    return ", ".join(told)


@contextmanager
def _replay_after_partition_0(environment: Mapping[str, str]) -> "Iterator[subprocess.Popen[str]]":
    """A replay that has stored the events of partition 0, and waits four seconds before it goes on."""
    with subprocess.Popen(
        [Path(sys.executable).with_name("ingestor-admin"), "replay", "--rate", "2"],
        env={"PATH": os.environ["PATH"], **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


async def _wait_for_partition_0(environment: Mapping[str, str]) -> None:
    limit = time.monotonic() + _SECONDS
    while True:
        if await _stored(environment) == _ids(PARTS[0]):
            return
        assert time.monotonic() < limit, "partition 0 was not replayed"
        await asyncio.sleep(0.05)


@pytest.mark.long
@pytest.mark.parametrize("held", [0, 1, 2])
async def test_an_open_transaction_holds_its_partition_alone(
    environment: dict[str, str], kafka: EmbeddedKafka, held: int
) -> None:
    topic = environment["KAFKA_TOPIC"]
    producer = Producer(kafka.client_config() | {"transactional.id": topic, "transaction.timeout.ms": 120_000})
    producer.init_transactions()
    producer.begin_transaction()
    producer.produce(topic, value_of(events(1, seed=9)[0]), partition=held)
    producer.flush()
    behind = events(2, seed=10)
    sender = RecordSender(kafka.client_config())
    for event in behind:
        sender.put(topic, value_of(event), key_of(event), partition=held)
    sender.flush()

    said = admin(environment, "replay")
    assert (said.returncode, said.stdout) == (3, _outcome(24, 24))
    assert f"partition {held}: not replayed from 8 to before 11: a producer has not ended its trans" in said.stderr
    assert f"Error: not replayed to the end: partition {held}\n" in said.stderr
    assert await _stored(environment) == _ids(*PARTS)

    producer.abort_transaction()
    again = admin(environment, "replay")
    assert (again.returncode, again.stdout) == (0, _outcome(26, 2, known=24))


@pytest.mark.parametrize("start", [3, 8])
async def test_what_retention_removes_meanwhile_is_stepped_over_and_said(
    environment: dict[str, str], kafka_admin: AdminClient, start: int
) -> None:
    place = TopicPartition(environment["KAFKA_TOPIC"], 2, start)
    with _replay_after_partition_0(environment) as replay:
        await _wait_for_partition_0(environment)
        kafka_admin.delete_records([place])[place].result(_SECONDS)
        stdout, stderr = replay.communicate(timeout=_SECONDS)
    assert (replay.returncode, stdout) == (1, _outcome(24 - start, 24 - start))
    gone = f"partition 2: gone from 0 to before {start}: retention removed these records before they were read\n"
    assert stderr.endswith(f"{gone}Error: records are gone: partition 2\n")
    assert await _stored(environment) == _ids(*PARTS[:2], PARTS[2][start:])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_replay_that_is_stopped_says_what_it_has_done(
    environment: dict[str, str], number: signal.Signals
) -> None:
    with _replay_after_partition_0(environment) as replay:
        await _wait_for_partition_0(environment)
        replay.send_signal(number)
        stdout, stderr = replay.communicate(timeout=_SECONDS)
    assert (replay.returncode, stdout) == (130, _outcome(8, 8))
    assert "partition 1: not replayed from 0 to before 8\n" in stderr
    assert "partition 2: not replayed from 0 to before 8\n" in stderr
    assert "partition 0: " not in stderr


async def test_a_replay_whose_database_fails_says_what_it_has_done(environment: dict[str, str]) -> None:
    with _replay_after_partition_0(environment) as replay:
        await _wait_for_partition_0(environment)
        await _execute(environment, "ALTER TABLE events RENAME TO events_of_before")
        stdout, stderr = replay.communicate(timeout=_SECONDS)
    assert (replay.returncode, stdout) == (3, _outcome(16, 8))
    assert "partition 1: not replayed from 0 to before 8\n" in stderr
    assert "run: ingestor-admin migrate" in stderr


@pytest.mark.long
@pytest.mark.parametrize("is_remade", [False, True])
async def test_a_replay_whose_topic_is_deleted_says_what_it_has_done(
    environment: dict[str, str], kafka: EmbeddedKafka, kafka_admin: AdminClient, is_remade: bool
) -> None:
    topic = f"{environment['KAFKA_TOPIC']}-deleted"
    make_topic(kafka_admin, topic, 3)
    _send(kafka, topic)
    environment["KAFKA_TOPIC"] = topic
    with _replay_after_partition_0(environment) as replay:
        await _wait_for_partition_0(environment)
        kafka_admin.delete_topics([topic])[topic].result(_SECONDS)
        if is_remade:
            make_topic(kafka_admin, topic, 3)
        stdout, stderr = replay.communicate(timeout=_SECONDS)
    # What waited had been fetched.
    assert (replay.returncode, stdout) == (3, _outcome(16, 16))
    why = "was deleted and made again meanwhile" if is_remade else "does not exist"
    assert f"partition 2: not replayed from 0 to before 8: topic {topic} {why}" in stderr


@pytest.fixture
def two_disks(tmp_path: Path) -> Iterator[EmbeddedKafka]:
    """A node whose logs are on two disks."""
    disks = f"{tmp_path / 'kafka' / 'logs'},{tmp_path / 'second'}"
    port, controller_port = free_ports(2)
    node = EmbeddedKafka(KafkaConfig(tmp_path / "kafka", port, controller_port, extra={"log.dirs": disks}))
    try:
        node.start()
        node.wait_ready()
        yield node
    finally:
        node.kill()


async def test_partitions_without_a_leader_stop_no_other(
    two_disks: EmbeddedKafka, migrated_database: str, tmp_path: Path
) -> None:
    kafka, second = two_disks, tmp_path / "second"
    client = AdminClient(kafka.client_config() | {"log_level": 0})
    make_topic(client, "events", 3)
    _send(kafka, "events")
    lost = sorted(int(path.name.rpartition("-")[2]) for path in second.glob("events-*"))
    assert lost, "no partition is on the second disk"
    kafka.stop()
    # A file that cannot be read takes its whole disk off.
    broken = next(second.glob("events-*/*.log"))
    broken.unlink()
    broken.mkdir()
    kafka.start()
    kafka.wait_ready()
    wait_until("without leaders", lambda: not set(lost) & set(find_leaders(client, "events", _SECONDS)))

    said = admin(
        {"KAFKA_BROKERS": kafka.bootstrap, "KAFKA_TOPIC": "events", "DATABASE_URL": migrated_database}, "replay"
    )
    kept = [part for partition, part in enumerate(PARTS) if partition not in lost]
    assert (said.returncode, said.stdout) == (3, _outcome(8 * len(kept), 8 * len(kept)))
    for partition in lost:
        assert f"partition {partition}: not replayed: partition {partition} has no leader at present\n" in said.stderr
    assert await _stored({"DATABASE_URL": migrated_database}) == _ids(*kept)
