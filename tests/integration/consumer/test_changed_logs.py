"""Logs that are not what they were when they were read: restored ledgers, compaction, damage on a disk."""

import asyncio
from dataclasses import replace

from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic
from integration.consumer.frail import SECONDS, lose_end, send, settled
from integration.consumer.lessons import events
from integration.consumer.log_files import count_records, damage_log
from integration.consumer.world import World, identities
from integration.waiting import wait_until

from ingestor_dev.embedded.kafka import EmbeddedKafka
from ingestor_dev.embedded.postgres import EmbeddedPostgres
from ingestor_dev.embedded.postgres_databases import create_database


async def test_an_older_ledger_beside_a_shorter_log_misses_nothing_that_is_in_it(
    frail_world: World, frail_kafka: EmbeddedKafka, postgres: EmbeddedPostgres, older_copy: str
) -> None:
    world, before, after = frail_world, events(400), events(300, seed=2)
    with world.ready_consumer():
        send(world, before[:200], (0,))
        await settled(world)
    await create_database(postgres.dsn(), older_copy, template=world.database.rsplit("/", 1)[1])
    with world.consumer():
        send(world, before[200:], (0,))
        await settled(world)
    [end] = lose_end(frail_kafka, world, {0: 300}).values()
    send(world, after, (0,))
    restored = replace(world, database=postgres.dsn(older_copy))
    restored.consumer()
    accounts = await settled(restored)
    # The copy has never seen what vanished after it was made.
    assert await restored.stored() == identities(before[:end] + after)
    assert accounts[0].vanished == 0


async def test_a_log_that_was_compacted_beneath_the_ledger_is_read_on(
    frail_world: World, frail_kafka: EmbeddedKafka
) -> None:
    world = frail_world
    admin = AdminClient({"bootstrap.servers": world.brokers, "log_level": 0})
    compacted = replace(world, topic=f"{world.topic}-compacted")
    config = {"cleanup.policy": "compact", "segment.ms": "300", "min.cleanable.dirty.ratio": "0.01"}
    admin.create_topics([NewTopic(compacted.topic, 1, 1, config=config)])[compacted.topic].result(SECONDS)
    compacted.make_topic(f"{compacted.topic}.dlq", 1)
    before, after = events(600), events(300, seed=2)
    with compacted.ready_consumer():
        send(compacted, before[:500], (0,))
        # The newest segment is never compacted; here it is the one that loses its end.
        await asyncio.sleep(0.5)
        send(compacted, before[500:], (0,))
        await compacted.caught_up(SECONDS)
    wait_until("compacted", lambda: count_records(frail_kafka, compacted.topic, 0) < 300)
    ends = lose_end(frail_kafka, compacted, {0: 560})
    send(compacted, after, (0,))
    compacted.consumer()
    accounts = await compacted.caught_up(SECONDS)
    assert accounts[0].unaccounted == 0
    assert accounts[0].vanished == 600 - ends[0]
    # Compaction takes earlier records of the same session, some before they were read.
    assert await compacted.stored() >= identities(before)
    assert len(identities(after) & await compacted.stored()) >= 12


async def test_a_damaged_record_set_on_a_brokers_disk_is_stepped_over_alone(
    frail_world: World, frail_kafka: EmbeddedKafka
) -> None:
    sent = events(300)
    send(frail_world, sent, (0,))
    frail_kafka.stop()
    spans = [damage_log(frail_kafka, frail_world.topic, 0, offset) for offset in (100, 299)]
    frail_kafka.start()
    frail_kafka.wait_ready()
    consumer = frail_world.consumer()
    accounts = await settled(frail_world)
    damaged = {offset for first, last in spans for offset in range(first, last + 1)}
    assert accounts[0].dead_lettered == len(damaged)
    assert await frail_world.stored() == identities(event for at, event in enumerate(sent) if at not in damaged)
    assert consumer.metric("ingestor_events_dead_lettered_total", reason="unreadable") == len(damaged)
    consumer.wait_ready()
