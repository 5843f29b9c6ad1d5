"""Postgres is lost and restored by the commands of docs/operations/disaster.md; consumers catch up by themselves."""

import time
from pathlib import Path

import aiohttp
import pytest
from confluent_kafka import TopicPartition
from integration.admin.commands import admin
from integration.api.sending import Sender, stored_ids
from integration.consumer.lessons import events
from integration.consumer.world import identities, persisted
from integration.recovery.site import Site
from services import running_api

from ingestor_common.records import value_of
from ingestor_dev.embedded.postgres_databases import create_database


async def test_a_dump_restored_beside_is_caught_up_with_nothing_missing(site: Site) -> None:
    sent, world = events(900), site.world
    with world.ready_consumer():
        world.send(sent[:300])
        await world.balanced()
        site.run("dump")
        world.send(sent[300:600])
        await world.balanced()
        await site.lose_database()
        # Events go on coming meanwhile.
        world.send(sent[600:])
        site.run("restore")
    restored = site.restored()
    restored.ready_consumer()

    proof = site.run("prove", world=restored)

    assert "the books balance" in proof
    assert "900 records read: 0 events were missing, 900 were stored already" in proof
    assert await restored.stored() == identities(sent)
    assert persisted(await restored.balanced()) == 900


async def test_a_server_that_came_back_empty_is_filled_beneath_the_running_services(site: Site) -> None:
    sent, world = events(900), site.world
    consumer = world.ready_consumer()
    world.send(sent[:300])
    await world.balanced()
    site.run("dump")
    world.send(sent[300:600])
    await world.balanced()
    await site.lose_database()
    await create_database(site.server.dsn("postgres"), "ingestor")
    world.send(sent[600:])
    consumer.wait_until("said", lambda: 'relation "ledger" does not exist' in consumer.database())
    assert not consumer.is_ready()

    site.run("restore-in-place")

    assert "the books balance" in site.run("prove")
    assert await world.stored() == identities(sent)
    consumer.wait_ready()


async def test_without_any_backup_the_topic_is_stored_from_its_start(site: Site) -> None:
    sent, world = events(300), site.world
    consumer = world.ready_consumer()
    world.send(sent)
    await world.balanced()
    await site.lose_database()
    await create_database(site.server.dsn("postgres"), "ingestor")

    assert admin(world.environment(), "migrate").returncode == 0

    assert "the books balance" in site.run("prove")
    assert await world.stored() == identities(sent)
    consumer.wait_ready()


@pytest.mark.long
async def test_a_backup_older_than_the_retention_says_what_is_lost_until_it_is_written_off(site: Site) -> None:
    sent, world = events(300), site.world
    with world.ready_consumer():
        for event in sent[:100]:
            world.put(value_of(event), partition=1)
        world.flush()
        await world.balanced()
        site.run("dump")
        for event in sent[100:]:
            world.put(value_of(event), partition=1)
        world.flush()
        await world.balanced()
    world.delete_before(TopicPartition(world.topic, 1, 180))
    await site.lose_database()
    site.run("restore")
    restored = site.restored()
    consumer = restored.ready_consumer()
    await restored.caught_up()

    status, said = site.attempt("prove", world=restored)

    assert status == 1
    assert "partition 1: retention removed 80 records before they were read" in said
    assert "the database was restored from a backup older than it" in said
    assert await restored.stored() == identities(sent[:100] + sent[180:])
    consumer.wait_until("told", lambda: consumer.metric("ingestor_ledger_unaccounted_records") == 80)
    oldest = site.run("oldest", kafka=world.brokers, topic=world.topic).splitlines()[-1]
    assert 0 <= time.time() - int(oldest.removeprefix("CreateTime:")) / 1000 < 120
    # Who kept them sends them again, but for ten.
    for event in sent[110:180]:
        world.put(value_of(event), partition=1)
    world.flush()
    await restored.caught_up()
    written_off = site.run("write-off", world=restored)
    assert "80 lost records were written off" in written_off
    assert "the books balance" in written_off
    consumer.wait_until("told", lambda: consumer.metric("ingestor_ledger_unaccounted_records") == 0)
    assert await restored.stored() == identities(sent[:100] + sent[110:])


async def test_direct_events_and_accounts_are_as_the_backup_has_them(
    site: Site, http: aiohttp.ClientSession, tmp_path: Path
) -> None:
    world = site.world
    account = ("--email", "ada@example.com", "--name", "Ada", "--role", "writer", "--password-stdin")
    made = admin(world.environment(), "create-user", *account, given="a-long-password\n")
    assert made.returncode == 0, made.stderr
    with running_api({"DATABASE_URL": world.database}, tmp_path / "api.log") as api:
        sender = Sender(http, api.url)
        before = [await sender.send() for _ in range(3)]
        site.run("dump")
        assert admin(world.environment(), "user", "disable", "ada@example.com").returncode == 0
        after = [await sender.send() for _ in range(4)]
        assert api.metric("ingestor_events_accepted_total", mode="direct") == 7
    await site.lose_database()
    site.run("restore")
    restored = site.restored()
    ids = {sent.event["event_id"] for sent in before}
    assert await stored_ids(restored.database, before + after) == ids
    listed = admin(restored.environment(), "user", "list").stdout
    assert "disabled" not in next(line for line in listed.splitlines() if "ada@example.com" in line)
    with running_api({"DATABASE_URL": restored.database}, tmp_path / "api-2.log") as api:
        sender = Sender(http, api.url)
        assert [(await sender.send(sent.event)).status for sent in after] == [201] * 4
    assert len(await stored_ids(restored.database, before + after)) == 7
