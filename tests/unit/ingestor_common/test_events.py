"""What is an event, and what is said to a sender whose event is none."""

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from odd_inputs import GOOD

from ingestor_common.events import EVENT_TYPES, Event, InvalidEvent, encode, parse

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)


def fields(**changes: Any) -> dict[str, Any]:
    """A good answer's fields, changed; None takes a field out."""
    return {name: value for name, value in (GOOD | changes).items() if value is not None}


def read(**changes: Any) -> Event:
    return parse(json.dumps(fields(**changes)).encode(), NOW)


def faults(data: bytes) -> dict[str, str]:
    with pytest.raises(InvalidEvent) as refused:
        parse(data, NOW)
    return {fault.field: fault.reason for fault in refused.value.faults}


def faults_of(**changes: Any) -> dict[str, str]:
    return faults(json.dumps(fields(**changes)).encode())


def test_an_event_id_need_not_be_a_uuid() -> None:
    assert read(event_id="test-001").event_id == "test-001"


def test_times_are_kept_in_utc_to_the_microsecond() -> None:
    event = read(timestamp="2026-09-01T10:30:00.123456+02:00")
    assert event.timestamp == datetime(2026, 9, 1, 8, 30, 0, 123456, tzinfo=UTC)
    assert event.timestamp.tzinfo is UTC


def test_the_same_moment_in_another_offset_is_the_same_identity() -> None:
    assert read(timestamp="2026-09-01T08:30:00Z").identity == read(timestamp="2026-09-01T14:00:00+05:30").identity


def test_a_publication_without_a_timer_gets_60_seconds() -> None:
    published = {"event_type": "QUESTION_PUBLISHED", "student_id": None, "answer": None}
    assert read(**published).timer_sec == 60
    assert read(**published, timer_sec=5).timer_sec == 5


def test_an_empty_answer_is_a_skip_and_no_fault() -> None:
    assert read(answer="").answer == ""


def test_unknown_fields_are_accepted_and_kept_out_of_the_record() -> None:
    assert b"device" not in encode(read(device="tablet"))


@pytest.mark.parametrize(
    ("event_type", "needed"),
    [
        ("SESSION_STARTED", []),
        ("SESSION_ENDED", []),
        ("QUESTION_PUBLISHED", ["question_id"]),
        ("ANSWER_SUBMITTED", ["question_id", "student_id", "answer"]),
    ],
)
def test_each_type_names_the_fields_it_needs(event_type: str, needed: list[str]) -> None:
    bare = {"event_type": event_type, "question_id": None, "student_id": None, "answer": None}
    if not needed:
        assert read(**bare).event_type == event_type
        return
    assert list(faults_of(**bare)) == needed


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("event_id", ""),
        ("event_id", "x" * 129),
        ("event_id", "line\nbreak"),
        ("event_id", 7),
        ("event_type", "QUIZ_EATEN"),
        ("timestamp", "2026-09-01T08:30:00"),
        ("timestamp", "yesterday"),
        ("timestamp", 1756715400),
        ("timestamp", (NOW + timedelta(hours=24, seconds=1)).isoformat()),
        ("timestamp", "9999-12-31T23:59:59-23:00"),
        ("timestamp", "0001-01-01T00:00:00+23:00"),
        ("timestamp", "0001-01-01T00:00:00Z"),
        ("timestamp", "0001-01-01T05:30:00+05:30"),
        ("session_id", "not-a-uuid"),
        ("quiz_id", 12),
        ("classroom_id", []),
        ("question_id", "900e8400"),
        ("student_id", {}),
        ("teacher_id", "x"),
        ("timer_sec", 0),
        ("timer_sec", 86_401),
        ("timer_sec", "60"),
        ("timer_sec", True),
        ("answer", "x" * 1025),
        ("answer", "nul\x00"),
        ("answer", 3),
        ("response_time_ms", -1),
        ("response_time_ms", 86_400_001),
        ("response_time_ms", 1.5),
        ("correct_answer", "B"),
    ],
)
def test_a_wrong_value_is_refused_with_its_field_named(name: str, value: object) -> None:
    assert list(faults_of(**{name: value})) == [name]


def test_up_to_a_day_ahead_is_a_clock_that_is_off_and_no_fault() -> None:
    assert read(timestamp=(NOW + timedelta(hours=24)).isoformat())


def test_every_missing_field_is_named_at_once() -> None:
    required = ["event_id", "event_type", "timestamp", "session_id", "quiz_id", "classroom_id"]
    assert list(faults(b"{}")) == required


@pytest.mark.parametrize(
    "data",
    [b"", b"null", b"[]", b'"event"', b"{", b'{"event_id": "a"', b"\xff\xfe", b"[" * 100_000, b'{"a":' * 50_000],
)
def test_what_is_no_json_object_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(InvalidEvent, match="not a JSON object in UTF-8"):
        parse(data, NOW)


def test_bad_utf8_inside_a_field_names_the_field() -> None:
    data = json.dumps(fields()).encode().replace(b'"B"', b'"\xc3\x28"')
    assert list(faults(data)) == ["answer"]


def test_trailing_bytes_are_refused() -> None:
    with pytest.raises(InvalidEvent):
        parse(json.dumps(fields()).encode() + b"x", NOW)


@given(st.binary() | st.text().map(str.encode))
def test_no_bytes_do_anything_but_parse_or_be_refused(data: bytes) -> None:
    with suppress(InvalidEvent):
        parse(data, NOW)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.dictionaries(st.sampled_from(sorted(fields() | {"timer_sec": 1, "correct_answer": ""})), json_values))
def test_no_json_value_in_any_field_does_anything_but_parse_or_be_refused(changes: dict[str, Any]) -> None:
    data = json.dumps(fields() | changes).encode()
    with suppress(InvalidEvent):
        assert parse(data, NOW)
        return
    assert faults(data).keys() <= changes.keys()


printable = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=128)
offsets = st.integers(-840, 840).map(lambda minutes: timezone(timedelta(minutes=minutes)))
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=1024)


@given(
    event_id=printable,
    event_type=st.sampled_from(EVENT_TYPES),
    timestamp=st.datetimes(datetime(1900, 1, 1), datetime(2026, 8, 30), timezones=offsets),
    ids=st.tuples(*[st.uuids()] * 6),
    answer=texts,
    response_time_ms=st.none() | st.integers(0, 86_400_000),
)
def test_what_is_written_as_a_record_is_read_back_the_same(
    event_id: str,
    event_type: str,
    timestamp: datetime,
    ids: tuple[UUID, ...],
    answer: str,
    response_time_ms: int | None,
) -> None:
    names = ("session_id", "quiz_id", "classroom_id", "question_id", "teacher_id", "student_id")
    sent = {name: str(value) for name, value in zip(names, ids, strict=True)} | {
        "event_id": event_id,
        "event_type": event_type,
        "timestamp": timestamp.isoformat(),
        "answer": answer,
    }
    if response_time_ms is not None:
        sent["response_time_ms"] = response_time_ms  # type: ignore[assignment]
    event = parse(json.dumps(sent).encode(), NOW)
    assert parse(encode(event), NOW) == event
    assert event.identity == (str(ids[0]), event_id, timestamp)
