"""One event or many: what is taken or refused alone is taken or refused among others, for the same reason."""

from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from odd_inputs import BODIES, BROKEN, CODINGS, CONTENT_TYPES, Body, OddEvent, odd_events
from services import token
from unit.ingestor_api.asgi import Answer, call
from unit.ingestor_api.keeping import WRITER, Keeper, answer_event, front_over

from ingestor_api.single import MAX_EVENT_BYTES
from ingestor_common.json_parts import MOST_STEPS

EVENTS = "/api/events"
BATCH = "/api/events/batch"
ODD = list(odd_events())
GOOD = {name: str(value) for name, value in answer_event().items()}


def odd(event: OddEvent) -> bytes:
    return event.written(GOOD | {"event_id": f"e-{uuid4()}", "session_id": str(uuid4())})


def good() -> bytes:
    return odd(OddEvent("good", ()))


async def send(path: str, body: bytes, keeper: Keeper | None = None, headers: dict[str, str] | None = None) -> Answer:
    return await call(front_over(keeper or Keeper()), "POST", path, body, WRITER | (headers or {}))


async def test_in_a_batch_each_odd_event_is_refused_as_it_is_alone_and_no_other_with_it() -> None:
    keeper = Keeper()
    written = [odd(event) for event in ODD]
    elements = [element for each in written for element in (good(), each)]
    answer = await send(BATCH, b"[" + b",\n".join(elements) + b"]", keeper)
    assert answer.status == 201
    rejected = {rejection["index"]: rejection for rejection in answer.json["rejected"]}
    assert list(rejected) == [2 * place + 1 for place, event in enumerate(ODD) if event.faulty is not None]
    assert len(keeper.kept) == len(elements) - len(rejected)
    for place, alone in enumerate(written):
        answer = await send(EVENTS, alone)
        rejection = rejected.get(2 * place + 1)
        assert answer.status == (201 if rejection is None else 400), ODD[place].name
        if rejection is not None:
            assert answer.json["error"] == rejection["reason"]
            assert [detail["field"] for detail in answer.json["details"]] == [ODD[place].faulty]


async def test_a_batch_of_one_odd_event_names_it_by_its_place_and_field() -> None:
    for event in ODD:
        if event.faulty is not None:
            answer = await send(BATCH, b"[" + odd(event) + b"]")
            assert answer.status == 400, event.name
            assert [detail["field"] for detail in answer.json["details"]] == [f"[0].{event.faulty}"]


@pytest.mark.parametrize("member", BROKEN)
async def test_an_event_that_is_broken_between_its_fields_is_refused_whole_alone_and_among_others(
    member: bytes,
) -> None:
    broken = odd(OddEvent("", (member,)))
    alone = await send(EVENTS, broken)
    assert [detail["field"] for detail in alone.json["details"]] == ["body"]
    assert (await send(BATCH, b"[" + broken + b"]")).status == 400
    among = await send(BATCH, b"[" + good() + b"," + broken + b"]")
    if among.status == 201:
        assert [rejection["reason"] for rejection in among.json["rejected"]] == [alone.json["error"]]


@pytest.mark.parametrize("written", [b"[%s,]", b"[%s,,%s]", b"[,%s]"])
async def test_a_comma_too_many_between_events_is_said_to_be_one(written: bytes) -> None:
    answer = await send(BATCH, written.replace(b"%s", good()))
    assert [rejection["reason"] for rejection in answer.json["rejected"]] == [
        "no event stands here: the batch has a comma too many; leave it out"
    ]


def rejections(answer: Answer) -> list[tuple[int, str | None]]:
    assert answer.status == 201
    rejected: list[dict[str, Any]] = answer.json["rejected"]
    return [(rejection["index"], rejection["event_id"]) for rejection in rejected]


@pytest.mark.parametrize("element", [b"", b"7", b"[[1, 2], {}]", b"nothing", b'"event"', b"\xff", b"NaN", b"{[}]"])
async def test_what_is_no_object_is_refused_by_its_place(element: bytes) -> None:
    answer = await send(BATCH, b"[" + b",".join([good(), element, good()]) + b"]")
    assert rejections(answer) == [(1, None)]
    answer = await send(BATCH, b"[" + b",".join([element, element]) + b"]")
    assert [detail["field"] for detail in answer.json["details"]] == ["[0]", "[1]"]


async def test_a_byte_order_mark_begins_a_body_and_no_event_within_it() -> None:
    mark = b"\xef\xbb\xbf"
    marked = OddEvent("with a name", ()).written(GOOD | {"event_id": "marked"})
    answer = await send(BATCH, mark + b"[" + good() + b", " + mark + marked + b"]")
    assert rejections(answer) == [(1, "marked")]
    assert "a byte-order mark may only begin the batch" in answer.json["rejected"][0]["reason"]
    answer = await send(EVENTS, mark + good())
    assert answer.status == 201


@pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b""])
@pytest.mark.parametrize("device", [b"1", b"nan", b'"great \\ud83d"', b"[1}"])
@pytest.mark.parametrize("size", [10, MAX_EVENT_BYTES])
async def test_an_event_is_refused_by_its_id_wherever_that_can_be_read(before: bytes, device: bytes, size: int) -> None:
    event = b'{"junk":"%s","device":%s,"event_id":"e-1"}' % (b"x" * size, device)
    answer = await send(BATCH, b"[" + good() + b"," + before + event + b"]")
    assert rejections(answer) == [(1, "e-1")]


@given(st.lists(st.sampled_from(ODD), min_size=1, max_size=8))
async def test_any_mixture_of_events_is_divided_into_the_good_and_the_bad(events: list[OddEvent]) -> None:
    answer = await send(BATCH, b"[" + b",".join([good(), *map(odd, events)]) + b"]")
    bad = [place for place, event in enumerate(events, 1) if event.faulty is not None]
    assert answer.status == 201
    assert [rejection["index"] for rejection in answer.json.get("rejected", [])] == bad


@given(
    st.integers(0, 400), st.integers(0, 3), st.binary(max_size=4) | st.sampled_from([b'"', b"\\", b"]", b"},{", b","])
)
async def test_an_event_that_was_damaged_anywhere_is_judged_alone_or_nothing_is_taken(
    place: int, removed: int, inserted: bytes
) -> None:
    damaged = good()
    damaged = damaged[:place] + inserted + damaged[place + removed :]
    alone = await send(EVENTS, damaged)
    keeper = Keeper()
    among = await send(BATCH, b"[" + b",".join([good(), damaged, good()]) + b"]", keeper)
    assert (alone.status, among.status) in [(201, 201), (400, 201), (400, 400)]
    if alone.status == 201:
        assert len(keeper.kept) == 3
    elif among.status == 400:
        assert [detail["field"] for detail in among.json["details"]] == ["body"]
    else:
        assert len(keeper.kept) >= 1
        assert {rejection["reason"] for rejection in among.json["rejected"]}


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.name)
@pytest.mark.parametrize("path", [EVENTS, BATCH])
async def test_a_body_is_json_in_utf_8_with_or_without_its_mark(body: Body, path: str) -> None:
    value = good() if path == EVENTS else b"[" + good() + b"]"
    answer = await send(path, body.written(value))
    assert answer.status == (201 if body.words is None else 400)
    if body.words is not None:
        assert body.words in answer.json["error"]
        assert [detail["field"] for detail in answer.json["details"]] == ["body"]


@pytest.mark.parametrize(
    "body", [b"", b" ", b"\xef\xbb\xbf", b"null", b"[", b"[1", b'["', b'{"a": 1}', b"[1]]", b"[1][2]"]
)
async def test_a_batch_that_cannot_be_divided_is_refused_whole(body: bytes) -> None:
    answer = await send(BATCH, body)
    assert answer.status == 400
    assert "not a JSON array of events in UTF-8" in answer.json["error"]


@pytest.mark.parametrize("elements", [[b"good"], [b"good", b"good"], [b"good", b"7"], [b'{"a":[1}'], [b"[1}", b"good"]])
@pytest.mark.parametrize("end", [b"}", b" }\n", b"}}", b"]}", b"", b'"', b"),"])
async def test_a_batch_that_does_not_end_as_an_array_is_refused_whole(elements: list[bytes], end: bytes) -> None:
    keeper = Keeper()
    written = b",".join(good() if each == b"good" else each for each in elements)
    answer = await send(BATCH, b"[" + written + end, keeper)
    assert (answer.status, [detail["field"] for detail in answer.json["details"]]) == (400, ["body"])
    assert "not a JSON array of events in UTF-8" in answer.json["error"]
    assert not keeper.kept


async def test_an_answer_says_a_users_id_whatever_its_issuer_made_of_it() -> None:
    headers = {"Authorization": "Bearer " + token("WRITE", user_id="a\ud83d")}
    answer = await send(BATCH, b"[" + good() + b"]", headers=headers)
    assert (answer.status, answer.json["user_id"]) == (201, "a\\ud83d")


async def test_a_batch_that_is_no_json_is_divided_up_to_a_bound() -> None:
    answer = await send(BATCH, b"[[" + b"[]," * (MOST_STEPS // 2) + b"nothing]]")
    assert answer.status == 400
    assert "not a JSON array of events in UTF-8" in answer.json["error"]


@pytest.mark.parametrize(("coding", "is_taken"), CODINGS)
async def test_a_plain_body_may_say_that_it_is_plain(coding: str, is_taken: bool) -> None:
    answer = await send(EVENTS, good(), headers={"Content-Encoding": coding})
    assert answer.status == (201 if is_taken else 400)
    if not is_taken:
        assert [detail["field"] for detail in answer.json["details"]] == ["Content-Encoding"]


@pytest.mark.parametrize("content_type", CONTENT_TYPES)
async def test_a_body_is_json_whatever_it_is_called(content_type: str) -> None:
    assert (await send(EVENTS, good(), headers={"Content-Type": content_type})).status == 201


@pytest.mark.parametrize("path", [EVENTS, BATCH])
@pytest.mark.parametrize("body", [b"", b" ", b"\xef\xbb\xbf", b"\xef\xbb\xbf \n"])
async def test_of_nothing_it_is_said_that_it_is_empty(path: str, body: bytes) -> None:
    answer = await send(path, body)
    assert answer.status == 400
    assert answer.json["error"].endswith("it is empty")


async def test_a_mark_begins_a_batch_and_no_event_of_it() -> None:
    mark = b"\xef\xbb\xbf"
    answer = await send(BATCH, mark + b"[" + good() + b"," + mark + good() + b", " + mark + b"]")
    assert [rejected["index"] for rejected in answer.json["rejected"]] == [1, 2]
    assert (await send(BATCH, b"[" + mark + good() + b"]")).status == 400
