"""While works go on that take long, everything else does."""

import asyncio
import time
from collections.abc import Iterator
from itertools import pairwise

import pytest

from ingestor_common.turns import TURN_SECONDS, Turns


def working(seconds: float, done: list[float]) -> Iterator[None]:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(TURN_SECONDS / 5)
        done.append(time.monotonic())
        yield


async def test_of_several_works_one_goes_on_in_a_turn_and_all_come_to_their_end() -> None:
    turns = Turns()
    works: list[list[float]] = [[], [], []]
    doing = [asyncio.create_task(turns.do(working(10 * TURN_SECONDS, work))) for work in works]
    while not all(each.done() for each in doing):
        before = [len(work) for work in works]
        await asyncio.sleep(0)
        assert sum(len(work) > count for work, count in zip(works, before, strict=True)) <= 1
    await asyncio.gather(*doing)
    assert all(works)


async def test_a_step_that_fails_ends_its_work_and_no_other() -> None:
    def failing() -> Iterator[None]:
        yield
        raise ValueError

    turns = Turns()
    done: list[float] = []
    other = asyncio.create_task(turns.do(working(3 * TURN_SECONDS, done)))
    with pytest.raises(ValueError):  # noqa: PT011  it is ours
        await turns.do(failing())
    await other
    assert done


async def test_what_a_step_gives_ends_the_turn_and_is_given_at_once() -> None:
    turns = Turns()
    steps = iter([None, "a", "b", None])
    assert [await turns.next(steps) for _ in range(4)] == ["a", "b", None, None]


async def test_others_are_looked_at_between_any_two_things_that_are_given() -> None:
    turns = Turns()
    order: list[str] = []

    async def other() -> None:
        while len(order) < 6:
            order.append("other")
            await asyncio.sleep(0)

    beside = asyncio.create_task(other())
    steps = iter(["a", "b", "c"])
    while (found := await turns.next(steps)) is not None:
        order.append(found)
    await beside
    assert order[:6] == ["other", "a", "other", "b", "other", "c"]


async def test_behind_a_long_step_everything_else_has_as_long() -> None:
    def slow(spans: list[tuple[float, float]]) -> Iterator[None]:
        for _ in range(3):
            began = time.monotonic()
            time.sleep(10 * TURN_SECONDS)
            spans.append((began, time.monotonic()))
            yield

    turns = Turns()
    spans: list[tuple[float, float]] = []
    await asyncio.gather(turns.do(slow(spans)), turns.do(slow(spans)))
    assert len(spans) == 6
    for (began, ended), (next_began, _) in pairwise(spans):
        assert next_began - ended >= ended - began - 3 * TURN_SECONDS
