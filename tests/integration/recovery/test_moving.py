"""An installation moves to another Kafka and Postgres while events come, as docs/operations/disaster.md says."""

import asyncio
import json
import shutil
from contextlib import ExitStack
from pathlib import Path

import aiohttp
import pytest
from integration.admin.commands import admin
from integration.api.sending import Sender, stored_ids
from integration.consumer.world import World
from integration.recovery.site import Site
from integration.stack import KafkaFactory, PostgresFactory
from services import Api, running_api

from ingestor_common.store.migrate import migrate
from ingestor_dev.embedded.kafka import EmbeddedKafka


def _api(processes: ExitStack, world: World, name: str, **environment: str) -> Api:
    variables = world.environment() | {"KAFKA_ENABLED": "true"} | environment
    api = processes.enter_context(running_api(variables, world.folder / f"{name}.log"))
    api.wait_path("kafka", "up")
    return api


def _offsets(world: World, *path: str) -> dict[str, int]:
    told = json.loads(admin(world.environment(), "ledger", "--json").stdout)
    if path:
        return dict(told["earlier"]["next_offsets"])
    return {str(each["partition"]): each["next_offset"] for each in told["partitions"]}


@pytest.mark.long
async def test_no_request_fails_and_no_event_is_missing_after_a_move(
    kafka: EmbeddedKafka,
    topic: str,
    private_kafka: KafkaFactory,
    private_postgres: PostgresFactory,
    http: aiohttp.ClientSession,
    tmp_path: Path,
) -> None:
    with ExitStack() as processes:
        folders = tmp_path / "old", tmp_path / "new"
        for folder in folders:
            folder.mkdir()
        old = Site.of(kafka.bootstrap, topic, private_postgres(), folders[0], processes)
        new = Site.of(private_kafka().bootstrap, topic, private_postgres(), folders[1], processes)
        await migrate(old.world.database)
        old_consumer = old.world.ready_consumer()
        sender = Sender(http, _api(processes, old.world, "api").url)
        stop = asyncio.Event()
        client = asyncio.create_task(_send_now_and_then(sender, stop))

        # 1: the new installation takes events, and stores none.
        await asyncio.to_thread(_bring, old, new, "restore-in-place")
        await asyncio.to_thread(new.run, "topic")
        first = await asyncio.to_thread(_api, processes, new.world, "api-1", KAFKA_FALLBACK="none")
        # 2: another address; what was sent last is sent again there, as by an app that saw no answer.
        sender.url = first.url
        for sent in sender.accepted()[-5:]:
            await sender.send(sent.event)
        # 3
        assert "the books balance" in await asyncio.to_thread(old.run, "drain")
        drained = _offsets(old.world)
        # 4 and 5
        await asyncio.to_thread(_bring, old, new, "restore")
        old_consumer.stop()
        last = new.restored()
        second = await asyncio.to_thread(_api, processes, last, "api-2")
        sender.url = second.url
        consumer = await asyncio.to_thread(last.ready_consumer)
        await asyncio.sleep(1)
        stop.set()
        await client

        # 6
        proof = await asyncio.to_thread(new.run, "prove", world=last)

        assert "the books balance" in proof
        assert " 0 events were missing" in proof
        assert _offsets(last, "earlier") == drained
        assert {sent.status for sent in sender.sent} == {201}
        accepted = {sent.event["event_id"] for sent in sender.accepted()}
        assert await stored_ids(last.database, sender.accepted()) == accepted
        consumer.wait_ready()


async def _send_now_and_then(sender: Sender, stop: asyncio.Event) -> None:
    while not stop.is_set():
        await sender.send()
        await asyncio.sleep(0.1)


def _bring(old: Site, new: Site, block: str) -> None:
    """A dump of the old database, restored in the new cluster."""
    old.run("dump")
    shutil.copy(old.folder / "quiz.dump", new.folder)
    new.run(block)
