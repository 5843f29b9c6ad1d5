"""Consumers come, go and crash, and every event is stored once."""

import random

import pytest
from confluent_kafka import Consumer as KafkaConsumer
from confluent_kafka import TopicPartition
from integration.consumer.lessons import events
from integration.consumer.load import Load
from integration.consumer.world import World, identities, persisted
from integration.store.projection_rows import rows
from integration.waiting import wait_until

from ingestor_common.events import Event
from ingestor_common.store.pool import open_pool
from ingestor_common.store.writer import Writer


async def _clean_run(database: str, sent: list[Event]) -> None:
    pool = await open_pool(database, max_size=1, application_name="test", command_timeout=60)
    try:
        await Writer(pool).write(sent)
    finally:
        await pool.close()


async def test_two_consumers_joining_and_leaving_under_load_lose_and_double_nothing(world: World) -> None:
    sent = events(12_000)
    with Load(world, sent, per_second=1_500) as load:
        first = world.ready_consumer()
        load.wait_for(2_000)
        second = world.ready_consumer()
        load.wait_for(5_000)
        assert first.stop() == 0
        load.wait_for(7_000)
        third = world.ready_consumer()
        load.wait_for(9_000)
        assert second.stop() == 0
    books = await world.balanced()
    assert await world.stored() == identities(sent)
    assert persisted(books) == len(sent)
    # Also what was stored during a rebalance, when a commit may be refused: tools and the operator read lag from there.
    stored = {partition: account.next_offset for partition, account in books.items()}
    third.wait_until("committed", lambda: world.committed() == stored)
    assert third.stop() == 0


async def test_an_offset_that_a_late_commit_puts_back_is_committed_again(world: World) -> None:
    """librdkafka may carry a commit out that a rebalance held up, a minute later: nothing else comes after it."""
    consumer = world.ready_consumer()
    world.send(events(1_000))
    stored = {partition: account.next_offset for partition, account in (await world.balanced()).items()}
    late = KafkaConsumer(
        {
            "bootstrap.servers": world.brokers,
            "group.id": world.group,
            "group.protocol": "consumer",
            "enable.auto.commit": False,
        }
    )
    try:
        late.subscribe([world.topic])
        wait_until("a member", lambda: late.poll(0.1) is not None or bool(late.assignment()))
        kept = stored.keys() - {place.partition for place in late.assignment()}
        late.commit(offsets=[TopicPartition(world.topic, each, 1) for each in kept], asynchronous=False)
        consumer.wait_until("committed again", lambda: all(world.committed()[each] == stored[each] for each in kept))
    finally:
        late.close()


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2])
async def test_consumers_killed_at_random_points_store_each_event_once_as_a_clean_run_does(
    brisk_world: World, database_beside: str, seed: int
) -> None:
    chance = random.Random(seed)
    sent = events(9_000, seed=seed)
    twice = [*sent, *chance.sample(sent, 1_000)]
    with Load(brisk_world, twice, per_second=1_500) as load:
        for kill_at in sorted(chance.sample(range(500, 9_500), 3)):
            consumer = brisk_world.consumer()
            load.wait_for(kill_at)
            consumer.kill()
    brisk_world.consumer()

    books = await brisk_world.balanced()

    assert await brisk_world.stored() == identities(sent)
    assert (persisted(books), sum(account.duplicates for account in books.values())) == (9_000, 1_000)
    await _clean_run(database_beside, sent)
    assert await rows(brisk_world.database) == await rows(database_beside)


async def test_a_stopped_consumer_has_stored_what_it_read_and_leaves_the_group_at_once(world: World) -> None:
    sent = events(6_000)
    with Load(world, sent, per_second=3_000) as load:
        first = world.ready_consumer()
        load.wait_for(3_000)
        assert first.stop(seconds=10) == 0
        left = {partition: account.next_offset for partition, account in (await world.accounts()).items()}
        assert world.committed() == left
        # The group was left, not abandoned: then it would be a member for a session's timeout.
        assert world.members() == 0
        second = world.consumer()
        second.wait_until("assigned", lambda: "partition opened" in second.output())
    await world.balanced()
    assert await world.stored() == identities(sent)


async def test_a_consumer_that_is_one_too_many_stands_by_and_is_ready(world: World) -> None:
    consumers = [world.ready_consumer() for _ in range(4)]
    sent = events(1_000)
    world.send(sent)
    await world.balanced()
    assert await world.stored() == identities(sent)
    assert [consumer.stop() for consumer in consumers] == [0, 0, 0, 0]


@pytest.mark.long
async def test_a_broker_without_the_new_group_protocol_is_served_by_the_classic_one(
    old_world: World,
) -> None:
    sent = events(4_000)
    with Load(old_world, sent, per_second=1_000) as load:
        first = old_world.ready_consumer()
        load.wait_for(1_000)
        second = old_world.ready_consumer()
        load.wait_for(3_000)
        assert first.stop() == 0
    await old_world.balanced()
    assert await old_world.stored() == identities(sent)
    assert second.stop() == 0
