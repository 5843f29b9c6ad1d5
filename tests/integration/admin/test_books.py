"""`ingestor-admin ledger` shows the books, and exits with 1 where they do not balance."""

import json

import asyncpg
import pytest
from confluent_kafka.admin import AdminClient
from integration.admin.commands import admin
from integration.kafka_sending import RecordSender
from integration.stack import TopicFactory

from ingestor_common.kafka import describe_topic
from ingestor_common.store import ledger
from ingestor_common.store.ledger import Advance, Source
from ingestor_dev.embedded.kafka import EmbeddedKafka

GROUP = "keeping-books"


@pytest.fixture
def environment(kafka: EmbeddedKafka, topic: str, migrated_database: str) -> dict[str, str]:
    """Ten records in partition 0 of the topic."""
    sender = RecordSender(kafka.client_config())
    for _ in range(10):
        sender.put(topic, b"record", partition=0)
    sender.flush()
    return {
        "KAFKA_BROKERS": kafka.bootstrap,
        "KAFKA_TOPIC": topic,
        "KAFKA_GROUP": GROUP,
        "DATABASE_URL": migrated_database,
    }


async def _write(environment: dict[str, str], kafka_admin: AdminClient, *advances: Advance) -> None:
    topic = environment["KAFKA_TOPIC"]
    source = Source(GROUP, topic, describe_topic(kafka_admin, topic, 10).topic_id)
    connection = await asyncpg.connect(environment["DATABASE_URL"])
    try:
        await ledger.open_account(connection, source, 0, 0)
        await ledger.advance(connection, source, advances)
    finally:
        await connection.close()


async def test_books_that_balance_are_shown_with_their_lag(
    environment: dict[str, str], kafka_admin: AdminClient
) -> None:
    await _write(environment, kafka_admin, Advance(0, 0, 8, persisted=5, duplicates=1, dead_lettered=1, gaps=1))
    shown = admin(environment, "ledger")
    assert shown.returncode == 0
    titles, first = (line.split() for line in shown.stdout.splitlines()[1:3])
    assert titles[:4] == ["partition", "first", "next", "persisted"]
    assert first == ["0", "0", "8", "5", "1", "1", "1", "0", "0", "10", "2"]
    assert "\nthe books balance; " in shown.stdout

    told = json.loads(admin(environment, "ledger", "--json").stdout)
    assert (told["balanced"], told["group"]) == (True, GROUP)
    assert told["partitions"][0]["lag"] == 2


async def test_books_that_do_not_balance_are_said_to_and_exit_with_1(
    environment: dict[str, str], kafka_admin: AdminClient
) -> None:
    await _write(environment, kafka_admin, Advance(0, 0, 8, persisted=5))
    shown = admin(environment, "ledger", "--json")
    assert shown.returncode == 1
    told = json.loads(shown.stdout)
    assert not told["balanced"]
    assert "partition 0: 3 of its offsets are not accounted for" in told["faults"][0]


async def test_lost_records_are_written_off_once_and_the_next_ones_show(
    environment: dict[str, str], kafka_admin: AdminClient
) -> None:
    await _write(environment, kafka_admin, Advance(0, 0, 8, persisted=5, lost=3))
    assert admin(environment, "ledger").returncode == 1
    assert admin(environment, "ledger", "write-off").stdout == "3 lost records were written off\n"
    assert admin(environment, "ledger", "write-off").stdout == "0 lost records were written off\n"
    shown = admin(environment, "ledger")
    assert shown.returncode == 0
    assert "3 records that retention removed before they were read are written off" in shown.stdout
    await _write(environment, kafka_admin, Advance(0, 8, 10, lost=2))
    shown = admin(environment, "ledger")
    assert shown.returncode == 1
    assert "retention removed 2 records before they were read" in shown.stdout


async def test_the_books_of_a_topic_that_had_the_name_before_are_told_beside(
    environment: dict[str, str], kafka_admin: AdminClient
) -> None:
    await _write(environment, kafka_admin, Advance(0, 0, 8, persisted=8))
    before = Source(GROUP, environment["KAFKA_TOPIC"], "an-older-one")
    connection = await asyncpg.connect(environment["DATABASE_URL"])
    await ledger.open_account(connection, before, 0, 0)
    await ledger.advance(connection, before, [Advance(0, 0, 412, persisted=412)])
    await connection.close()
    shown = admin(environment, "ledger")
    assert shown.returncode == 0
    assert "another of its name (an-older-one)" in shown.stdout
    assert "up to before the offsets 0:412 (partition:offset)" in shown.stdout
    told = json.loads(admin(environment, "ledger", "--json").stdout)["earlier"]
    assert (told["topic_id"], told["next_offsets"]) == ("an-older-one", {"0": 412})


async def test_waiting_for_records_that_nobody_stores_ends_with_1(
    environment: dict[str, str], kafka_admin: AdminClient
) -> None:
    await _write(environment, kafka_admin, Advance(0, 0, 8, persisted=8))
    shown = admin(environment, "ledger", "--wait", "0.2")
    assert shown.returncode == 1
    assert "2 records are not stored after 0.2 s" in shown.stdout


async def test_waiting_ends_when_everything_is_stored_and_every_partition_is_opened(
    environment: dict[str, str], kafka_admin: AdminClient
) -> None:
    await _write(environment, kafka_admin, Advance(0, 0, 10, persisted=10))
    shown = admin(environment, "ledger")
    assert shown.returncode == 0
    assert "the books balance; no consumer has opened partitions 1, 2 yet" in shown.stdout
    waited = admin(environment, "ledger", "--wait", "0.2")
    assert waited.returncode == 1
    assert "after 0.2 s no consumer has opened partitions 1, 2 yet, so there are no books of them" in waited.stdout
    facts = describe_topic(kafka_admin, environment["KAFKA_TOPIC"], 10)
    connection = await asyncpg.connect(environment["DATABASE_URL"])
    for partition in facts.partitions[1:]:
        await ledger.open_account(connection, Source(GROUP, facts.name, facts.topic_id), partition, 0)
    await connection.close()
    assert admin(environment, "ledger", "--wait", "30").stdout.endswith("the books balance\n")


def test_a_group_without_books_is_not_said_to_balance(environment: dict[str, str]) -> None:
    shown = admin(environment | {"KAFKA_GROUP": "no-such-group"}, "ledger")
    assert shown.returncode == 1
    assert "there are no books of group no-such-group" in shown.stdout
    assert "balance" not in shown.stdout
    assert not json.loads(admin(environment, "ledger", "--json").stdout)["balanced"]


def test_an_installation_before_its_first_record_has_no_books_and_no_fault(
    environment: dict[str, str], topic_factory: TopicFactory
) -> None:
    shown = admin(environment | {"KAFKA_TOPIC": topic_factory()}, "ledger")
    assert shown.returncode == 0
    assert "there are no books yet" in shown.stdout


def test_a_topic_that_is_missing_is_said_to_with_the_command_that_makes_it(environment: dict[str, str]) -> None:
    shown = admin(environment | {"KAFKA_TOPIC": "no-such-topic"}, "ledger")
    assert shown.returncode == 1
    assert "ingestor-admin topic create" in shown.stderr


def test_a_database_without_the_schema_is_said_to_need_migrating(environment: dict[str, str], database: str) -> None:
    shown = admin(environment | {"DATABASE_URL": database}, "ledger")
    assert shown.returncode == 3
    assert "ingestor-admin migrate" in shown.stderr
