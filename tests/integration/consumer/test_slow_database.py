"""A database that takes 8 ms for each row: being behind is no slower than keeping up, and nothing flaps meanwhile."""

import asyncio
import time
from dataclasses import dataclass, field

import asyncpg
import pytest
from integration.consumer.lessons import events
from integration.consumer.load import Load
from integration.consumer.world import World, identities
from services import Consumer, status_of

from ingestor_common.events import Event
from ingestor_common.records import key_of, value_of

_ROW_SECONDS = 0.008
_EACH_ROW = f"""
    CREATE FUNCTION take_time() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        PERFORM pg_sleep({_ROW_SECONDS}); RETURN NEW;
    END $$;
    CREATE TRIGGER take_time BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION take_time()
"""
_PER_SECOND = 190
"""What three consumers keep up with on a machine that is not busy."""
_LOOK_SECONDS = 0.5


@dataclass
class Seen:
    """What was seen while a backlog was stored: events stored so far, every half second, and what the probes said."""

    stored: list[int] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)

    def longest_pause(self) -> float:
        """Seconds between two looks that found more stored, from the first that did."""
        pause = longest = 0
        for before, now in zip(self.stored, self.stored[1:], strict=False):
            pause = pause + 1 if now == before else 0
            longest = max(longest, pause)
        return longest * _LOOK_SECONDS


async def _execute(database: str, script: str) -> None:
    connection = await asyncpg.connect(database)
    try:
        await connection.execute(script)
    finally:
        await connection.close()


def _send_evenly(world: World, sent: list[Event]) -> None:
    """To each partition about as many; a session has one of them."""
    sessions = sorted({event.session_id for event in sent})
    partitions = {session: number % 3 for number, session in enumerate(sessions)}
    for event in sent:
        world.put(value_of(event), key_of(event), partition=partitions[event.session_id])
    world.flush()


async def _watch(world: World, consumers: list[Consumer], total: int, seconds: float) -> Seen:
    """Look until all is stored."""
    seen = Seen()
    limit = time.monotonic() + seconds
    while not seen.stored or seen.stored[-1] < total:
        assert time.monotonic() < limit, f"{seen.stored} of {total}\n{world.logs()}"
        seen.stored += await world.query("SELECT count(*) FROM events")
        for consumer in consumers:
            for probe in ("readyz", "healthz"):
                if status_of(f"{consumer.probes}/{probe}") == 503:
                    seen.refusals.append(f"{consumer.log.name} {probe}")
        await asyncio.sleep(_LOOK_SECONDS)
    return seen


@pytest.mark.long
async def test_a_backlog_is_stored_no_slower_than_what_is_kept_up_with(world: World) -> None:
    consumers = [world.ready_consumer() for _ in range(3)]
    await _execute(world.database, _EACH_ROW)
    fresh = events(_PER_SECOND * 10, seed=2, sessions=60)
    started = time.monotonic()
    with Load(world, fresh, _PER_SECOND):
        pass
    await world.caught_up(60)
    kept_up = len(fresh) / (time.monotonic() - started)

    backlog = events(9_000, sessions=60)
    started = time.monotonic()
    _send_evenly(world, backlog)
    seen = await _watch(world, consumers, len(fresh) + len(backlog), 120)
    rate = len(backlog) / (time.monotonic() - started)

    # Also where the machine itself is so busy that they do not keep up.
    assert rate > kept_up, f"{rate:.0f}/s, {kept_up:.0f}/s before: {seen.stored}\n{world.logs()}"
    assert seen.longest_pause() < 3, seen.stored
    assert seen.refusals == [], world.logs()
    assert [consumer.metric("ingestor_store_errors_total") for consumer in consumers] == [0, 0, 0], world.logs()
    assert await world.stored() == identities([*fresh, *backlog])
