"""POST /api/events/batch: each event on its own."""

import asyncio
import json
from typing import Any

import pytest
from unit.ingestor_api.asgi import Answer, call
from unit.ingestor_api.keeping import WRITER, Keeper, answer_event, front_over

from ingestor_api import batch as batch_route
from ingestor_api.batch import MAX_BATCH_BYTES
from ingestor_api.receipts import Refused, Unavailable
from ingestor_api.single import MAX_EVENT_BYTES

PATH = "/api/events/batch"


async def send(keeper: Keeper, batch: Any) -> Answer:
    return await call(front_over(keeper), "POST", PATH, json.dumps(batch).encode(), WRITER)


async def test_all_good_events_are_accepted() -> None:
    keeper = Keeper()
    answer = await send(keeper, [answer_event(), answer_event()])
    assert answer.status == 201
    body = answer.json
    assert body.pop("user_id")
    assert body == {"message": "batch accepted", "processed_count": 2, "total_events": 2, "mode": "direct"}
    assert len(keeper.kept) == 2


async def test_a_bad_event_is_named_by_place_id_and_reason_and_stops_no_other() -> None:
    keeper = Keeper()
    answer = await send(keeper, [answer_event("a"), answer_event("b") | {"answer": None}, 7, answer_event("c")])
    assert answer.status == 201
    body = answer.json
    assert [(rejected["index"], rejected["event_id"]) for rejected in body["rejected"]] == [(1, "b"), (2, None)]
    assert body["errors"][0] == "Event b: invalid event: answer is required for ANSWER_SUBMITTED"
    assert body["errors"][1].startswith("Event #2: ")
    assert (body["processed_count"], body["total_events"]) == (2, 4)
    assert [kept.event_id for kept in keeper.kept] == ["a", "c"]


async def test_none_valid_is_400_with_the_fields_named_by_place() -> None:
    answer = await send(Keeper(), [answer_event() | {"session_id": "x"}, {}])
    assert answer.status == 400
    fields = [detail["field"] for detail in answer.json["details"]]
    assert fields[0] == "[0].session_id"
    assert "[1].event_id" in fields


async def test_none_made_durable_is_503_with_retry_after() -> None:
    keeper = Keeper()
    keeper.answers = {"a": Unavailable("both stores are down")}
    answer = await send(keeper, [answer_event("a"), {}])
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")


async def test_an_event_that_may_be_sent_again_is_told_from_one_that_may_not() -> None:
    keeper = Keeper()
    keeper.answers = {"later": Unavailable("both stores are down"), "never": Refused("value too long")}
    body = (await send(keeper, [answer_event("good"), answer_event("later"), answer_event("never")])).json
    assert [rejected.get("retry", False) for rejected in body["rejected"]] == [True, False]


async def test_an_event_repeated_word_for_word_is_a_retry_and_accepted() -> None:
    event = answer_event()
    answer = await send(Keeper(), [event, event])
    assert answer.status == 201
    assert answer.json["processed_count"] == 2


async def test_an_event_repeated_with_other_content_is_rejected_by_its_id() -> None:
    event = answer_event("twice")
    answer = await send(Keeper(), [event, event | {"answer": "C"}])
    assert answer.status == 201
    assert [rejected["event_id"] for rejected in answer.json["rejected"]] == ["twice"]


async def test_one_id_in_two_sessions_is_two_events() -> None:
    keeper = Keeper()
    answer = await send(keeper, [answer_event("same"), answer_event("same")])
    assert "rejected" not in answer.json
    assert len(keeper.kept) == 2


@pytest.mark.parametrize(
    ("batch", "says"),
    [
        ([], "empty"),
        ({}, "array"),
        ("x", "array"),
        ([{}] * 1001, "at most 1000"),
        ([[]] * 2, "none of 2 events"),
        ([[]], "none of 1 event is valid"),
    ],
)
async def test_what_is_no_batch_is_400(batch: object, says: str) -> None:
    answer = await send(Keeper(), batch)
    assert answer.status == 400
    assert says in answer.json["error"]


async def test_more_than_5_mib_is_413() -> None:
    headers = WRITER | {"Content-Length": str(MAX_BATCH_BYTES + 1)}
    assert (await call(front_over(Keeper()), "POST", "/api/events/batch", [], headers)).status == 413


async def test_a_rejection_is_not_as_large_as_what_it_is_about() -> None:
    bad = answer_event("x" * 100_000) | {"event_type": "y" * 100_000}
    body = (await send(Keeper(), [answer_event(), bad])).json
    assert len(json.dumps(body)) < 20_000
    assert body["rejected"][0]["index"] == 1


async def test_a_batch_that_is_not_read_in_time_is_429_and_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_route, "READING_SECONDS", 0.2)
    keeper = Keeper()
    front = front_over(keeper, bodies=4 * MAX_BATCH_BYTES)
    # It takes seconds to be read.
    good, slow = json.dumps(answer_event("good")).encode(), b"{%s}" % (b'"":,' * 1200)
    body = b"[" + good + (b"," + slow) * 999 + b"]"
    for _ in range(2):
        answers = await asyncio.gather(*(call(front, "POST", PATH, body, WRITER) for _ in range(3)))
        assert [(answer.status, answer.headers["retry-after"]) for answer in answers] == [(429, "1")] * 3
    assert not keeper.kept
    assert (await call(front, "POST", PATH, b"[" + good + b"]", WRITER)).status == 201


async def test_a_batch_of_too_many_is_told_so_whatever_they_are() -> None:
    answer = await call(front_over(Keeper()), "POST", "/api/events/batch", b"[" + b"0," * 1000 + b"0]", WRITER)
    assert answer.status == 400
    assert answer.json["error"] == "the batch has more than 1000 events; send at most 1000 at a time"


async def test_an_event_of_a_batch_may_be_as_large_as_one_that_comes_alone_and_hinders_no_other() -> None:
    largest = answer_event() | {"junk": ""}
    largest["junk"] = "x" * (MAX_EVENT_BYTES - len(json.dumps(largest)))
    body = (await send(Keeper(), [largest, largest | {"junk": f"{largest['junk']}x"}])).json
    assert body["processed_count"] == 1
    assert body["errors"] == [
        f"Event {largest['event_id']}: invalid event: it is larger than 65536 bytes; leave out what is not known here"
    ]
