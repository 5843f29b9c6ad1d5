"""A record's bytes are an event, or say why not in one of a few words."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from types import FrameType

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.ingestor_consumer.batches import event

from ingestor_common.events import Event
from ingestor_common.record_values import LARGEST_EVENT, NOT_JSON
from ingestor_common.records import value_of
from ingestor_consumer.decoding import LONGEST_ERROR, Refusal, decode, refusal

NOW_MS = int(event(1).timestamp.timestamp() * 1000) + 3_600_000


def test_the_value_of_an_event_is_that_event() -> None:
    assert decode(value_of(event(1)), NOW_MS) == event(1)


def test_a_record_without_a_value_is_empty() -> None:
    assert decode(None, NOW_MS) == Refusal("empty", "the record has no value")


@pytest.mark.parametrize("value", [b"", b"{", b"nothing", b"[1]", b"3", b"\xff\xfe"])
def test_bytes_without_a_json_object_are_not_json(value: bytes) -> None:
    found = decode(value, NOW_MS)
    assert isinstance(found, Refusal)
    assert found.reason == "not_json"


@pytest.mark.parametrize(
    ("name", "value"),
    [("event_type", "LESSON_RATED"), ("session_id", "seven"), ("timestamp", "2026-09-01T08:00:00"), ("event_id", "")],
)
def test_an_object_with_a_wrong_field_is_an_invalid_event_that_names_it(name: str, value: str) -> None:
    fields = msgspec.json.decode(value_of(event(1))) | {name: value}
    found = decode(msgspec.json.encode(fields), NOW_MS)
    assert isinstance(found, Refusal)
    assert found.reason == "invalid_event"
    assert name in found.error


def test_an_event_of_the_far_future_is_invalid() -> None:
    found = decode(value_of(event(1)), NOW_MS - 2 * 86_400_000)
    assert isinstance(found, Refusal)
    assert found.reason == "invalid_event"


@pytest.mark.parametrize("late_ms", [-86_400_000, -1, 0, 86_400_000, 4 * 10**12, 10**18])
def test_an_event_that_was_in_time_when_its_record_was_written_is_in_time(late_ms: int) -> None:
    at_ms = int(event(1).timestamp.timestamp() * 1000)
    assert decode(value_of(event(1)), at_ms + late_ms) == event(1)


@given(st.integers(-(2**63), 2**63 - 1))
def test_no_time_of_a_record_makes_decoding_fail(time_ms: int) -> None:
    assert isinstance(decode(value_of(event(1)), time_ms), Event | Refusal)


@pytest.mark.parametrize("time_ms", [-1, -(2**62)])
@pytest.mark.parametrize("year", [1970, 2026, 9999])
def test_an_event_in_a_record_without_a_time_may_have_any(year: int, time_ms: int) -> None:
    any_time = msgspec.structs.replace(event(1), timestamp=datetime(year, 3, 1, tzinfo=UTC))
    assert decode(value_of(any_time), time_ms) == any_time


def test_a_value_larger_than_any_event_is_not_looked_at() -> None:
    padded = value_of(event(1)) + b" " * LARGEST_EVENT
    assert isinstance(decode(padded, NOW_MS), Refusal)


MOST_CALLS = 250_000
"""Of functions, in reading one value: 0.1 s at most. A megabyte may hold 200,000 members."""


def calls_in(work: Callable[[], object]) -> int:
    """The functions that `work` calls, a regular expression's and a list's too."""
    count = 0

    def note(_frame: FrameType, event: str, _what: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("end", [b'"a":1}', b'"a":nan}', b'"a":1', b'"'])
@pytest.mark.parametrize(
    "member",
    [
        b'"answer":nan,',
        rb'"answer":"\ud83d",',
        b'"answer":"\xff",',
        b'"answer":"B",',
        b'"answer":[[]],',
        b'"answer":[nan],',
        b'"answer",',
        rb'"\u0061nswer":n,',
        rb'"\u0061nswer":1,',
        rb'"\u0061":n,',
        b'"":n,',
        b'"":1,',
        b'"a":[[[{}]]],',
        b'"event_id":1 1,',
        b",",
    ],
)
def test_a_value_takes_so_much_work_whatever_stands_in_it_how_often(member: bytes, end: bytes) -> None:
    value = b"{" + member * ((LARGEST_EVENT - 20) // len(member)) + end
    found: list[Event | Refusal] = []
    assert calls_in(lambda: found.append(decode(value, NOW_MS))) < MOST_CALLS
    assert isinstance(found[0], Refusal)


@given(st.binary(max_size=200))
def test_no_bytes_make_decoding_fail(value: bytes) -> None:
    assert isinstance(decode(value, NOW_MS), Event | Refusal)


@given(st.text(st.characters()))
def test_any_errors_text_can_be_stored_and_sent(text: str) -> None:
    error = refusal(NOT_JSON, text * 50).error
    assert len(error) <= LONGEST_ERROR
    assert b"\x00" not in error.encode()
