"""What a batch keeps of its bad events, and says of them, is bounded by what its answer has room for."""

import asyncio
import gc
import json
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.ingestor_api.asgi import call
from unit.ingestor_api.keeping import WRITER, Keeper, answer_event, front_over

from ingestor_api.admission import HeldBytes, Share
from ingestor_api.batch import MAX_BATCH_BYTES, MAX_BATCH_EVENTS
from ingestor_api.direct import Write
from ingestor_api.errors import MAX_WORDS, Problem
from ingestor_api.front import Front
from ingestor_api.receipts import DirectReceipt
from ingestor_api.rejections import SHORT_REASON, WHOLE_REASONS, Rejections
from ingestor_common import json_text
from ingestor_common.events import Event
from ingestor_common.faults import MAX_FAULTS, FieldFault, InvalidEvent

MIB = 1024 * 1024
PATH = "/api/events/batch"
GOOD = json.dumps(answer_event("good")).encode()

BAD = {
    "members of unknown names": b"{%s}" % b",".join(b'"k%07d":n' % number for number in range(50)),
    "members of names beyond ASCII": b"{%s}" % b",".join(b'"\xf0\x9f\x98\x80%d":n' % number for number in range(50)),
    "names that are longer in the answer": b"{%s}"
    % b",".join(b'"%s%d":n' % (b"\\u0001" * 60, number) for number in range(9)),
    "no member of an event": b"{}",
    "an unknown type": b'{"event_type":"%s"}' % (b"\xf0\x9f\x98\x80" * 1000),
    "a long id": b'{"event_id":"\xf0\x9f\x98\x80%s","timestamp":0}' % (b"x" * 127),
}
"""Events that are none, each in its own manner."""


def batch_of(bad: bytes) -> bytes:
    """As many of them as a batch may have, beside a good one."""
    count = min(MAX_BATCH_EVENTS - 1, (MAX_BATCH_BYTES - len(GOOD) - 2) // (len(bad) + 1))
    return b"[" + b",".join([*[bad] * count, GOOD]) + b"]"


class SlowKeeper(Keeper):
    """Keeps an event once `store` is called."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: list[Write] = []
        self.is_asked = asyncio.Event()

    def write(self, event: Event) -> Write:
        self.is_asked.set()
        self.waiting.append(asyncio.get_running_loop().create_future())
        return self.waiting[-1]

    def store(self) -> None:
        for future in self.waiting:
            future.set_result(DirectReceipt(stored=True, duplicate=False))


@asynccontextmanager
async def waiting_batch(front: Front, keeper: SlowKeeper, body: bytes) -> AsyncIterator["asyncio.Task[Any]"]:
    """A batch whose bad events are judged and whose good one is not stored yet."""
    answer = asyncio.create_task(call(front, "POST", PATH, body, WRITER))
    await keeper.is_asked.wait()
    yield answer
    keeper.store()
    await answer


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
async def test_a_batch_that_waits_keeps_no_more_of_its_bad_events_than_its_answer_says(bad: bytes) -> None:
    body, keeper = batch_of(bad), SlowKeeper()
    front = front_over(keeper)
    await call(front_over(Keeper()), "POST", PATH, b"[" + GOOD + b"]", WRITER)
    gc.collect()
    tracemalloc.start()
    try:
        async with waiting_batch(front, keeper, body) as answer:
            gc.collect()
            kept, _ = tracemalloc.get_traced_memory()
        said = len((await answer).body)
    finally:
        tracemalloc.stop()
    assert kept <= 2 * MIB
    assert said <= 3 * MIB


async def test_a_list_of_more_than_1000_is_not_kept_to_its_end_also_where_it_is_no_json() -> None:
    body = b"[" + b"nn," * 90_000 + b"nn]"
    await call(front_over(Keeper()), "POST", PATH, b"[nn]", WRITER)
    tracemalloc.start()
    try:
        answer = await call(front_over(Keeper()), "POST", PATH, body, WRITER)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert answer.status == 400
    assert "more than 1000 events" in answer.json["error"]
    assert peak <= MIB


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
async def test_each_bad_event_has_its_place_and_its_reason_however_many_they_are(bad: bytes) -> None:
    body = batch_of(bad)
    said = (await call(front_over(Keeper()), "POST", PATH, body, WRITER)).json
    count = said["total_events"] - 1
    assert [rejected["index"] for rejected in said["rejected"]] == list(range(count))
    whole = said["rejected"][0]["reason"]
    for rejected, error in zip(said["rejected"], said["errors"], strict=True):
        reason = rejected["reason"]
        said_in_short = whole.startswith(reason.removesuffix("...")) and len(reason) <= SHORT_REASON + len("...")
        assert reason == whole or said_in_short
        assert error.endswith(reason)


@pytest.mark.parametrize("kind", [kind for kind in BAD if kind.startswith("members")])
async def test_faults_that_the_answer_does_not_say_are_not_looked_for(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[bytes] = []

    def fault_of(value: bytes, deepest: int = json_text.MAX_DEPTH) -> str | None:
        looked_at.append(value)
        return real(value, deepest)

    real = json_text.fault_of
    monkeypatch.setattr(json_text, "fault_of", fault_of)
    said = (await call(front_over(Keeper()), "POST", PATH, batch_of(BAD[kind]), WRITER)).json
    whole = said["rejected"][0]["reason"]
    # A name and a value for each fault.
    assert len(looked_at) <= 2 * (MAX_FAULTS * (WHOLE_REASONS // len(whole) + 1) + len(said["rejected"]))


def test_as_many_faults_are_looked_for_as_there_is_room_for() -> None:
    rejections = Rejections(Share(HeldBytes(10**9)))
    assert rejections.most_faults == MAX_FAULTS
    while sum(len(rejected.reason) for rejected in rejections.of_index.values()) < WHOLE_REASONS:
        assert rejections.most_faults == MAX_FAULTS
        rejections.add(len(rejections.of_index), InvalidEvent("x" * MAX_WORDS))
    # Each of those had one fault, and the fields that are named have room for others.
    assert rejections.most_faults == MAX_FAULTS - len(rejections.faults) > 1
    for _ in range(MAX_FAULTS):
        rejections.add(len(rejections.of_index), InvalidEvent("x"))
    assert rejections.most_faults == 1


async def test_what_is_to_be_said_of_bad_events_counts_among_the_bytes_held_until_it_is_said() -> None:
    body, keeper = batch_of(BAD["members of unknown names"]), SlowKeeper()
    room = 2 * len(body) + WHOLE_REASONS + MAX_BATCH_EVENTS * SHORT_REASON
    front = front_over(keeper, bodies=room)
    async with waiting_batch(front, keeper, body) as first:
        # Of what has come, nothing is stored.
        refused = await call(front, "POST", PATH, body, WRITER)
        assert (refused.status, refused.headers["retry-after"]) == (429, "1")
    assert (await first).status == 201
    keeper.waiting.clear()
    keeper.is_asked.clear()
    async with waiting_batch(front, keeper, body) as again:
        pass
    assert (await again).status == 201


faults = st.lists(st.builds(FieldFault, st.text(max_size=50), st.text(max_size=5000)), max_size=MAX_FAULTS)


@settings(max_examples=50)
@given(st.lists(st.tuples(faults, st.integers(1, 200)), max_size=20))
def test_reasons_and_faults_are_bounded_whatever_they_are_about(errors: list[tuple[list[FieldFault], int]]) -> None:
    held = HeldBytes(10**9)
    rejections = Rejections(Share(held))
    index = 0
    for named, times in errors:
        message = "; ".join(fault.reason for fault in named)
        for _ in range(times):
            rejections.add(index, InvalidEvent(message, tuple(named)))
            index += 1
    assert list(rejections.of_index) == list(range(index))
    assert len(rejections.faults) == min(MAX_FAULTS, sum(max(len(named), 1) * times for named, times in errors))
    reasons = [rejected.reason for rejected in rejections.of_index.values()]
    # A half of a surrogate pair is said in six characters.
    assert sum(map(len, reasons)) <= WHOLE_REASONS + 6 * (MAX_WORDS + index * (SHORT_REASON + 3))


def test_an_event_for_whose_reason_there_is_no_room_is_429() -> None:
    rejections = Rejections(Share(HeldBytes(100)))
    with pytest.raises(Problem) as refused:
        rejections.add(0, InvalidEvent("x" * 200))
    assert refused.value.status_code == 429
