"""Brokers that come back without the end of a log: everything acknowledged since is stored."""

import pytest
from integration.admin.commands import admin
from integration.consumer.frail import lose_end, send, settled
from integration.consumer.lessons import events
from integration.consumer.world import World, identities

from ingestor_dev.embedded.kafka import EmbeddedKafka


@pytest.mark.long
@pytest.mark.parametrize(
    ("partitions", "is_reading"),
    [((0,), False), ((0, 1, 2), True)],
    ids=["of one partition, while nobody reads", "of three partitions, while they are read"],
)
async def test_what_was_acknowledged_since_is_stored_though_the_log_is_longer_again(
    frail_world: World, frail_kafka: EmbeddedKafka, partitions: tuple[int, ...], is_reading: bool
) -> None:
    world, count = frail_world, 400 * len(partitions)
    before, after = events(count), events(count, seed=2)
    consumer = world.ready_consumer()
    send(world, before, partitions)
    await settled(world)
    if not is_reading:
        consumer.stop()
    ends = lose_end(frail_kafka, world, {partition: 360 for partition in partitions})
    send(world, after, partitions)
    if not is_reading:
        told = admin(world.environment(), "ledger")
        assert (told.returncode, "and have written other records there" in told.stdout) == (1, True)
        consumer = world.consumer()

    accounts = await settled(world)

    assert await world.stored() == identities(before + after)
    assert {partition: accounts[partition].vanished for partition in partitions} == {
        partition: 400 - end for partition, end in ends.items()
    }
    assert all(0 < accounts[partition].vanished <= 45 for partition in partitions)
    assert "brokers have lost records" in world.logs()
    consumer.wait_ready()
    vanished = sum(account.vanished for account in accounts.values())
    consumer.wait_until("told", lambda: consumer.metric("ingestor_ledger_vanished_records") == vanished)


@pytest.mark.long
@pytest.mark.parametrize("is_reading", [True, False], ids=["read in between", "not read in between"])
async def test_a_log_that_loses_its_end_twice_in_a_row_is_read_from_where_they_divide(
    frail_world: World, frail_kafka: EmbeddedKafka, is_reading: bool
) -> None:
    world = frail_world
    first, second, third = events(400), events(200, seed=2), events(400, seed=3)
    consumer = world.ready_consumer()
    send(world, first, (0,))
    await settled(world)
    consumer.stop()
    lose_end(frail_kafka, world, {0: 350})
    send(world, second, (0,))
    if is_reading:
        with world.consumer():
            await settled(world)
    lose_end(frail_kafka, world, {0: 300 if is_reading else 500})
    send(world, third, (0,))
    world.consumer()
    accounts = await settled(world)
    assert await world.stored() >= identities(first + third)
    if is_reading:
        assert await world.stored() == identities(first + second + third)
    # It went back to where the logs divide, and not to the beginning.
    assert 50 <= accounts[0].vanished <= 350
    assert accounts[0].duplicates == 0


async def test_an_end_that_is_lost_and_not_written_again_is_waited_for_by_nobody(
    frail_world: World, frail_kafka: EmbeddedKafka
) -> None:
    sent = events(300)
    consumer = frail_world.ready_consumer()
    send(frail_world, sent, (0,))
    await settled(frail_world)
    ends = lose_end(frail_kafka, frail_world, {0: 200})
    accounts = await settled(frail_world)
    assert (accounts[0].next_offset, accounts[0].vanished) == (ends[0], 300 - ends[0])
    consumer.wait_ready()
