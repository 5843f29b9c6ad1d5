import asyncio
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from ingestor_dev.sim.events import Event
from ingestor_dev.sim.feed import Feed, Pace
from ingestor_dev.sim.steps import CatalogPut, Step

_FREELY = Pace(speed=None, rate=None)


def _event(name: str) -> Event:
    return Event(name, "SESSION_STARTED", datetime(2026, 9, 1, tzinfo=UTC), "s", "z", "c")


def _steps(names: Iterable[str], apart: float = 0.0) -> Iterator[Step]:
    return (Step(place * apart, _event(name)) for place, name in enumerate(names))


def _feed(steps: Iterator[Step], pace: Pace = _FREELY, batch: int = 1) -> Feed:
    return Feed(steps, pace, batch, asyncio.Event())


async def _all(feed: Feed) -> list[list[str]]:
    taken = []
    while steps := await feed.take():
        taken.append([step.item.event_id if isinstance(step.item, Event) else "put" for step in steps])
    return taken


async def test_without_a_batch_size_events_come_one_by_one() -> None:
    assert await _all(_feed(_steps("abc"))) == [["a"], ["b"], ["c"]]


async def test_as_fast_as_it_goes_batches_are_full() -> None:
    assert await _all(_feed(_steps("abcde", apart=3600), batch=2)) == [["a", "b"], ["c", "d"], ["e"]]


async def test_no_event_is_twice_in_a_batch() -> None:
    assert await _all(_feed(_steps("abac"), batch=10)) == [["a", "b"], ["a", "c"]]


async def test_a_catalog_entry_comes_alone() -> None:
    steps = [Step(0, _event("a")), Step(0, CatalogPut("/p", b"{}")), Step(0, _event("b")), Step(0, _event("c"))]
    assert await _all(_feed(iter(steps), batch=10)) == [["a"], ["put"], ["b", "c"]]


async def test_steps_come_when_they_are_due_in_simulated_time() -> None:
    """None before its time; those that a late taker finds due together are one batch."""
    loop = asyncio.get_running_loop()
    feed = _feed(_steps("abcde", apart=60.0), Pace(speed=2400.0, rate=None), batch=10)
    began = loop.time()
    taken = []
    while steps := await feed.take():
        assert loop.time() - began >= steps[-1].at / 2400.0
        taken.extend(steps)
    assert [step.at for step in taken] == [0.0, 60.0, 120.0, 180.0, 240.0]


async def test_the_rate_is_never_exceeded() -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    await _all(_feed(_steps("abcdefghijk"), Pace(speed=None, rate=100.0)))
    assert loop.time() - began >= 0.1


async def test_a_batch_uses_up_the_rate_of_all_its_events() -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    await _all(_feed(_steps("abcdefghijk"), Pace(speed=None, rate=100.0), batch=10))
    assert loop.time() - began >= 0.1


async def test_a_taker_that_was_a_little_late_makes_up_for_it() -> None:
    assert min([await _seconds_for_fifty_after_a_break() for _ in range(5)]) < 0.05


async def _seconds_for_fifty_after_a_break() -> float:
    feed = _feed(_steps(map(str, range(51))), Pace(speed=None, rate=1000.0))
    await feed.take()
    await asyncio.sleep(0.06)
    began = asyncio.get_running_loop().time()
    await _all(feed)
    return asyncio.get_running_loop().time() - began


async def test_many_takers_get_every_step_once() -> None:
    feed = _feed(_steps(map(str, range(500))), batch=3)
    taken = await asyncio.gather(*(_all(feed) for _ in range(8)))
    names = [name for each in taken for batch in each for name in batch]
    assert sorted(names) == sorted(map(str, range(500)))


async def test_stopping_ends_a_wait_for_a_step_that_is_due_later() -> None:
    stopping = asyncio.Event()
    feed = Feed(_steps("ab", apart=3600.0), Pace(speed=1.0, rate=None), 1, stopping)
    assert len(await feed.take()) == 1
    waiting = asyncio.create_task(feed.take())
    stopping.set()
    assert await asyncio.wait_for(waiting, timeout=5) == []
