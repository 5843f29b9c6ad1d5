"""Deadlines: many futures, one timer."""

import asyncio
import time

import pytest

from ingestor_api.deadlines import STANDSTILL_SECONDS, TICK_SECONDS, Deadlines

SHORT = 2 * TICK_SECONDS


class Late(Exception):
    pass


def futures(count: int) -> list["asyncio.Future[int]"]:
    loop = asyncio.get_running_loop()
    return [loop.create_future() for _ in range(count)]


async def test_a_future_that_is_not_done_in_time_fails_and_is_counted() -> None:
    counts: list[int] = []
    deadlines = Deadlines(SHORT, Late, counts.append)
    watched = futures(3)
    for future in watched:
        deadlines.watch(future)
    watched[1].set_result(7)
    for future in (watched[0], watched[2]):
        with pytest.raises(Late):
            await future
    assert watched[1].result() == 7
    assert sum(counts) == 2


async def test_each_future_has_its_own_time() -> None:
    deadlines = Deadlines(4 * TICK_SECONDS, Late)
    clock = asyncio.get_running_loop().time
    early, late = futures(2)
    deadlines.watch(early)
    await asyncio.sleep(2 * TICK_SECONDS)
    began = clock()
    deadlines.watch(late)
    for future in (early, late):
        with pytest.raises(Late):
            await future
    assert clock() - began >= 4 * TICK_SECONDS


async def test_those_that_wait_can_be_told_at_once_that_it_is_in_vain() -> None:
    deadlines = Deadlines(60, Late)
    watched = futures(2)
    for future in watched:
        deadlines.watch(future)
    deadlines.fail_all()
    for future in watched:
        with pytest.raises(Late):
            await future


async def test_waiting_ends_when_everything_is_settled() -> None:
    deadlines = Deadlines(60, Late)
    watched = futures(2)
    for future in watched:
        deadlines.watch(future)
    waiting = asyncio.create_task(deadlines.wait())
    watched[1].set_result(1)
    await asyncio.sleep(0)
    assert not waiting.done()
    watched[0].set_result(0)
    await asyncio.wait_for(waiting, 5)


async def test_time_in_which_the_loop_stood_still_does_not_count() -> None:
    counts: list[int] = []
    deadlines = Deadlines(SHORT, Late, counts.append)
    loop = asyncio.get_running_loop()
    early, late = futures(2)
    deadlines.watch(early)
    before = deadlines.clock()
    # Meanwhile the answer has come, and waits in the loop behind the timer.
    loop.call_later(TICK_SECONDS, lambda: loop.call_soon(early.set_result, 1))
    time.sleep(STANDSTILL_SECONDS + SHORT)  # noqa: ASYNC251  as a request that takes long to work on
    deadlines.watch(late)
    assert deadlines.clock() - before < SHORT
    assert await early == 1
    assert counts == []
    with pytest.raises(Late):
        await late


async def test_it_goes_on_counting_afterwards() -> None:
    deadlines = Deadlines(SHORT, Late)
    (future,) = futures(1)
    deadlines.watch(future)
    time.sleep(2 * STANDSTILL_SECONDS)  # noqa: ASYNC251  as a request that takes long to work on
    began = time.monotonic()
    with pytest.raises(Late):
        await future
    assert time.monotonic() - began < SHORT + STANDSTILL_SECONDS


async def test_a_loop_that_is_a_little_late_each_time_counts() -> None:
    deadlines = Deadlines(4 * TICK_SECONDS, Late)
    (future,) = futures(1)
    deadlines.watch(future)
    busy = asyncio.create_task(_busy())
    began = time.monotonic()
    with pytest.raises(Late):
        await future
    assert time.monotonic() - began < 4 * TICK_SECONDS + 2 * STANDSTILL_SECONDS
    busy.cancel()


async def _busy() -> None:
    while True:
        time.sleep(TICK_SECONDS / 2)  # noqa: ASYNC251  as many requests that take a little
        await asyncio.sleep(0)
