"""While batches are read that take long, everybody else goes on."""

import asyncio

import msgspec
import pytest
from unit.ingestor_api.asgi import call
from unit.ingestor_api.keeping import WRITER, Keeper, answer_event, front_over

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
