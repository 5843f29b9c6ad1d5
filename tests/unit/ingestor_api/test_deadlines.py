"""Deadlines: many futures, one timer."""

import asyncio

import pytest

from ingestor_api.deadlines import TICK_SECONDS, Deadlines

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
