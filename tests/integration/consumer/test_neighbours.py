"""Two installations on one database: each consumer says so while both store."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

import pytest
from integration.consumer.lessons import events
from integration.consumer.world import World
from services import Consumer

from ingestor_consumer.neighbours import SURE_SECONDS


async def trickled(worlds: list[World], until: Callable[[], bool], seconds: float) -> bool:
    """Whether it came true while each world got an event a second."""
    ends = time.monotonic() + seconds
    waiting = [iter(events(int(seconds) + 1)) for _ in worlds]
    while time.monotonic() < ends:
        for world, left in zip(worlds, waiting, strict=True):
            world.send([next(left)])
        await asyncio.sleep(1)
        if until():
            return True
    return False


@pytest.mark.long
async def test_a_consumer_names_the_group_that_stores_beside_it(world: World) -> None:
    other = replace(world, topic=f"other-{uuid4().hex[:8]}")
    other.make_topic(other.topic, 1)
    first, second = world.ready_consumer(), other.ready_consumer()

    def told(consumer: Consumer, stranger: World) -> bool:
        said = consumer.sees().get("database_shared_with")
        return said == f"consumer group {stranger.group} from topic {stranger.topic}"

    assert await trickled([world, other], lambda: told(first, other) and told(second, world), SURE_SECONDS + 30)
    assert first.database() == "up"
