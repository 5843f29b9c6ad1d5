"""Kafka is lost with its disks, alone or with Postgres; the services go on by themselves."""

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from integration.admin.commands import admin
from integration.api.sending import Sender, Sent, stored_ids
from integration.recovery.fragile import FragileKafka, fragile_kafka
from integration.recovery.site import Site
from integration.stack import PostgresFactory
from services import Api, Consumer, running_api

from ingestor_common.store.migrate import migrate
from ingestor_dev.embedded.postgres_databases import create_database

TOPIC = "quiz-events"


@dataclass
class Running:
    """A site with its services."""

    site: Site
    kafka: FragileKafka
    api: Api
    consumer: Consumer
    sender: Sender

    async def send(self, count: int, mode: str) -> list[Sent]:
        """New events, which take this path."""
        await self.sender.until_mode(mode)
        sent = [await self.sender.send() for _ in range(count)]
        assert {each.body.get("mode") for each in sent} == {mode}
        return sent

    async def missing(self) -> set[str]:
        """Ids of events that got 201 and are not stored."""
        accepted = self.sender.accepted()
        return ids(accepted) - await stored_ids(self.site.world.database, accepted)

    def earlier(self) -> dict[int, int]:
        """Up to which offsets the topic before was read, as the ledger says."""
        told = json.loads(admin(self.site.world.environment(), "ledger", "--json").stdout)
        return {int(partition): offset for partition, offset in told["earlier"]["next_offsets"].items()}

    def next_offsets(self) -> dict[int, int]:
        told = json.loads(admin(self.site.world.environment(), "ledger", "--json").stdout)
        return {each["partition"]: each["next_offset"] for each in told["partitions"]}


def ids(sent: Sequence[Sent]) -> set[str]:
    return {str(each.event["event_id"]) for each in sent}


def is_behind(sent: Sent, offsets: dict[int, int]) -> bool:
    """Whether the receipt lies at these offsets or behind them."""
    receipt = sent.body["receipt"]
    return bool(receipt["offset"] >= offsets[receipt["partition"]])


@pytest.fixture
def kafka_to_lose() -> Iterator[FragileKafka]:
    with fragile_kafka() as kafka:
        yield kafka


@pytest.fixture
async def running(
    kafka_to_lose: FragileKafka, private_postgres: PostgresFactory, http: aiohttp.ClientSession, tmp_path: Path
) -> AsyncIterator[Running]:
    with ExitStack() as processes:
        site = Site.of(kafka_to_lose.bootstrap, TOPIC, private_postgres(), tmp_path, processes)
        await migrate(site.world.database)
        assert "created" in site.run("topic")
        environment = site.world.environment() | {"KAFKA_ENABLED": "true"}
        api = processes.enter_context(running_api(environment, tmp_path / "api.log"))
        api.wait_path("kafka", "up")
        api.wait_path("direct", "up")
        yield Running(site, kafka_to_lose, api, site.world.ready_consumer(), Sender(http, api.url))


@pytest.mark.long
async def test_kafka_lost_with_its_disks_costs_what_was_not_stored_and_says_what_that_was(running: Running) -> None:
    stored = await running.send(20, "kafka")
    running.site.run("kafka-proof")
    assert running.consumer.stop() == 0
    unstored = await running.send(5, "kafka")
    waiting = len(unstored) + 1  # with the one that looked for its path
    running.api.wait_until("told", lambda: running.api.metric("ingestor_unstored_records") == waiting)
    running.kafka.lose()
    await running.send(5, "direct")
    assert running.api.metric("ingestor_unstored_records") == waiting

    running.kafka.replace()
    assert "created" in running.site.run("topic")

    consumer = running.site.world.ready_consumer()
    await running.send(20, "kafka")
    proof = running.site.run("kafka-proof")
    assert "before this topic there was another of its name" in proof
    assert "the books balance" in proof
    missing = await running.missing()
    assert ids(unstored) < missing
    assert len(missing) == waiting
    # Whoever keeps receipts finds which of its events these are.
    read = running.earlier()
    assert [is_behind(sent, read) for sent in stored + unstored] == [False] * 20 + [True] * 5
    for sent in running.sender.accepted():
        if sent.event["event_id"] in missing:
            await running.sender.send(sent.event)
    running.site.run("prove")
    assert await running.missing() == set()
    consumer.wait_ready()


@pytest.mark.long
async def test_both_lost_are_what_the_backup_has_and_the_ledger_says_up_to_where(running: Running) -> None:
    site = running.site
    await running.send(20, "kafka")
    site.run("kafka-proof", "dump")
    kept, at_backup = len(running.sender.accepted()), running.next_offsets()
    await running.send(10, "kafka")
    site.run("kafka-proof")
    lost = ids(running.sender.accepted()[kept:])
    running.kafka.lose()
    await site.lose_database()
    await create_database(site.server.dsn("postgres"), "ingestor")
    refused = await running.sender.send()
    assert (refused.status, refused.headers["Retry-After"].isdigit()) == (503, True)

    site.run("restore-in-place")
    await running.send(5, "direct")
    running.kafka.replace()
    assert "created" in site.run("topic")

    await running.send(10, "kafka")
    assert "the books balance" in site.run("kafka-proof")
    assert running.earlier() == at_backup
    assert await running.missing() == lost
    for sent in running.sender.accepted():
        if sent.event["event_id"] in lost:
            await running.sender.send(sent.event)
    site.run("prove")
    assert await running.missing() == set()
    running.consumer.wait_ready()
