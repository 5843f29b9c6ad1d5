"""While batches are read that take long, everybody else goes on."""

import asyncio
import time
from collections.abc import Iterator

import msgspec
import pytest
from unit.ingestor_api.asgi import call
from unit.ingestor_api.keeping import WRITER, Keeper, answer_event, front_over

from ingestor_api.turns import TURN_SECONDS, Turns
from ingestor_common.json_parts import MOST_STEPS

LARGE = b"{" + b",".join(b'"k%d":[%s"\\ud83d"]' % (name, b'"",' * 210) for name in range(100)) + b"}"
"""An event of 64 KiB that takes milliseconds to refuse."""
GOOD = msgspec.json.encode(answer_event())


async def turns_during(bodies: list[bytes]) -> tuple[list[int], int]:
    """The answers to batches sent together, and how often something else was looked at meanwhile."""
    front = front_over(Keeper(), at_once=len(bodies))
    answers = [asyncio.create_task(call(front, "POST", "/api/events/batch", body, WRITER)) for body in bodies]
    turns = 0
    while not all(answer.done() for answer in answers):
        await asyncio.sleep(0)
        turns += 1
    return [(await answer).status for answer in answers], turns


@pytest.mark.parametrize(
    ("count", "body", "status", "least"),
    [
        (1, b"[" + b",".join([LARGE] * 40 + [GOOD]) + b"]", 201, 10),
        (4, b"[" + b",".join([LARGE] * 20 + [GOOD]) + b"]", 201, 20),
        # No JSON: divided by its commas and brackets, of which it has nearly too many.
        (1, b"[" + b",".join([b"[%s0]" % (b"[]," * (MOST_STEPS // 2000 - 2))] * 999) + b",}]", 400, 3),
    ],
)
async def test_others_have_turns_while_few_large_events_are_read(
    count: int, body: bytes, status: int, least: int
) -> None:
    statuses, turns = await turns_during([body] * count)
    assert statuses == [status] * count
    assert turns >= least


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
