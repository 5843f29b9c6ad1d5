"""A stranger in the consumers' group, with bytes that nobody can read, ends no consumer."""

import asyncio
import time

import pytest
from integration.consumer.lessons import events
from integration.consumer.world import World, identities
from raw_member import HOSTILE, joined
from services import Consumer

_HELD_SECONDS = 6.0
"""Some looks at the membership, which are 2 s apart."""


async def _stores_everything(world: World, consumer: Consumer) -> None:
    sent = events(200)
    world.send(sent)
    consumer.wait_ready()
    await world.balanced()
    assert await world.stored() == identities(sent)
    assert consumer.stop() == 0


@pytest.mark.parametrize("hostile", [HOSTILE[0], HOSTILE[2]])
async def test_a_consumer_that_a_stranger_keeps_out_joins_once_it_is_gone(world: World, hostile: bytes) -> None:
    async with joined(world.brokers, world.group, "consumer", hostile):
        consumer = world.consumer()
        consumer.wait_until("joining", lambda: "joining the group" in consumer.output())
        limit = time.monotonic() + _HELD_SECONDS
        while time.monotonic() < limit:
            assert consumer.running, consumer.output()
            await asyncio.sleep(0.1)
    await _stores_everything(world, consumer)


async def test_a_leader_of_a_classic_group_may_assign_any_bytes(old_world: World) -> None:
    strategy = "cooperative-sticky"
    async with joined(old_world.brokers, old_world.group, "consumer", b"", strategy) as leader:
        consumer = old_world.consumer()
        consumer.wait_until("a member", lambda: old_world.members() == 2)
        for hostile in HOSTILE:
            assert await leader.hold(hostile, protocol=strategy) == 2
            assert consumer.running, consumer.output()
    await _stores_everything(old_world, consumer)


async def test_members_of_a_classic_group_may_subscribe_to_any_bytes(old_world: World) -> None:
    consumer = old_world.ready_consumer()
    # The broker lets in others neither.
    for hostile in HOSTILE[:2]:
        async with joined(old_world.brokers, old_world.group, "consumer", b"", "cooperative-sticky", hostile):
            assert old_world.members() == 2
        assert consumer.running, consumer.output()
    await _stores_everything(old_world, consumer)
