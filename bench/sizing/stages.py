"""The stages of a run: nothing to do, single events at a rate, and a backlog."""

import asyncio
import time
from dataclasses import replace
from typing import Final

from bench.sizing.measured import Stage
from bench.sizing.observer import Observer, Stuck, between

from ingestor_dev.sim.feed import Pace
from ingestor_dev.sim.options import Options
from ingestor_dev.sim.tally import Snapshot
from ingestor_dev.sim.traffic import Traffic
from ingestor_dev.up.services import Service

EVENTS_OF_A_LESSON: Final = 225
"""About, with 25 students and 10 questions."""

BATCH: Final = 500
"""Events a request, where there are many."""

_CATALOG_SECONDS: Final = 60.0
_CATCH_UP_SECONDS: Final = 120.0
_LOOK_SECONDS: Final = 0.02


async def idle(observer: Observer, seconds: float) -> Stage:
    """The stack with nothing to do."""
    before = await observer.look()
    await asyncio.sleep(seconds)
    return between(before, await observer.look())


async def at_rate(observer: Observer, url: str, rate: float, seconds: float) -> Stage:
    """Single events, about `rate` a second for about so many seconds."""
    return await _single(observer, url, round(rate * seconds / EVENTS_OF_A_LESSON), Pace(None, rate))


async def flat_out(observer: Observer, url: str, lessons: int) -> Stage:
    """Single events as fast as they are answered."""
    return await _single(observer, url, lessons, Pace(None, None))


async def in_batches(observer: Observer, url: str, lessons: int) -> tuple[Stage, int]:
    """Whole lessons in batches, one request after the other, so that a session's events stay in their order.

    For a stack without a consumer; gives the records that now wait too.
    """
    traffic = Traffic(replace(_lessons(url, lessons, Pace(None, None)), batch=BATCH, concurrency=1))
    traffic.start()
    await _events_begin(traffic)
    begun, before = traffic.snapshot().sent, await observer.look()
    records = await _sent(traffic)
    stage = between(before, await observer.look())
    return replace(stage, events=traffic.snapshot().sent - begun), records


async def backlog(observer: Observer, consumer: Service, waiting: int) -> Stage:
    """One consumer, started now, working off the records that wait.

    Not its start is of interest, but its work: counted from the first batch that is stored.
    """
    first = await observer.look()
    await asyncio.to_thread(consumer.start)
    before = await observer.consumed(first.progress.records + 1, _CATCH_UP_SECONDS)
    return between(before, await observer.consumed(first.progress.records + waiting, _CATCH_UP_SECONDS))


async def _single(observer: Observer, url: str, lessons: int, pace: Pace) -> Stage:
    """Whole lessons, all at once, from the first event to the last one stored.

    Whole, so that the mixture is that of a school day: a lesson's first answers make rows, its later ones change them.
    """
    traffic = Traffic(_lessons(url, lessons, pace))
    waiting = await observer.look()
    traffic.start()
    await _events_begin(traffic)
    before = await observer.fresh_look()
    sent = await _sent(traffic)
    return between(before, await observer.consumed(waiting.progress.records + sent, _CATCH_UP_SECONDS))


def _lessons(url: str, lessons: int, pace: Pace) -> Options:
    return Options(url=url, pace=pace, sessions=lessons, at_once=lessons)


async def _events_begin(traffic: Traffic) -> None:
    """Until the catalog is filled and the first event is on its way. Raises Stuck where that takes too long."""
    deadline = time.monotonic() + _CATALOG_SECONDS
    while traffic.snapshot().sent == 0:
        if time.monotonic() > deadline:
            raise Stuck(f"no event was sent within {_CATALOG_SECONDS:.0f} s: {traffic.snapshot()}")
        await asyncio.sleep(_LOOK_SECONDS)


async def _sent(traffic: Traffic) -> int:
    """Records that the API made of it all, once it has all. Raises Stuck where it took another way than Kafka."""
    await traffic.wait()
    last = traffic.snapshot()
    await traffic.stop()
    if last.refused or set(last.accepted) - {"kafka"}:
        raise Stuck(_trouble(last))
    return last.durable


def _trouble(last: Snapshot) -> str:
    return f"not everything went through Kafka: {last.accepted}, {last.refused} refused {last.refusals}"
