"""Every odd event is either read as what it means, or refused by the field that is at fault."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from odd_inputs import BODIES, BROKEN, GOOD, IDS, TIMES, Body, Id, OddEvent, Time, odd_events

from ingestor_common.event_fields import read_fields, readers_of
from ingestor_common.events import Event, InvalidEvent, encode, parse
from ingestor_common.faults import MAX_FAULTS
from ingestor_common.ids import parse_id
from ingestor_common.json_parts import MOST_STEPS_OF_OBJECT, elements, members
from ingestor_common.json_text import MAX_DEPTH, NotJson
from ingestor_common.times import OUTSIDE, parse_time

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
ODD = list(odd_events())


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: odd.name)
def test_an_odd_event_is_read_as_it_is_meant_or_refused_by_its_field(odd: OddEvent) -> None:
    data = odd.written(GOOD)
    if odd.faulty is None:
        event = parse(data, NOW)
        assert {name: getattr(event, name) for name in odd.values} == odd.values
        # What is written as a record is read as the same event.
        assert parse(encode(event), NOW) == event
        return
    with pytest.raises(InvalidEvent) as refused:
        parse(data, NOW)
    assert [fault.field for fault in refused.value.faults] == [odd.faulty]
    assert odd.faulty in str(refused.value)
    assert str(refused.value).isprintable()
    if odd.faulty != "event_id":
        assert refused.value.event_id == GOOD["event_id"]


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.name)
def test_a_body_is_one_event_in_utf_8(body: Body) -> None:
    data = body.written(OddEvent("good", ()).written(GOOD))
    if body.words is None:
        assert parse(data, NOW) == parse(OddEvent("good", ()).written(GOOD), NOW)
        return
    with pytest.raises(InvalidEvent, match=body.words):
        parse(data, NOW)


def test_half_of_a_surrogate_pair_is_told_from_a_broken_text() -> None:
    data = OddEvent("", (rb'"answer": "great \ud83d"',), replaced=("answer",)).written(GOOD)
    with pytest.raises(InvalidEvent, match=r"answer: has \\ud83d, half of a surrogate pair"):
        parse(data, NOW)


@pytest.mark.parametrize(
    "member",
    [rb'"a": ["\ud83d"]', b'"a": "' + b"x" * 70_000 + rb'\ud83d"'],
    ids=["inside", "long"],
)
def test_a_text_with_half_of_a_pair_is_not_called_cut_off(member: bytes) -> None:
    with pytest.raises(InvalidEvent, match="a: .*half of a surrogate pair"):
        parse(OddEvent("", (member,)).written(GOOD), NOW)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "it is empty"),
        (b" \r\n", "it is empty"),
        (b'{"event_id": "test-001"', "it ends too early (byte 23 of the event)"),
        (rb'{"event_id": "\ud83d', "it ends too early (byte 15 of the event)"),
        (b"[" + OddEvent("", ()).written(GOOD) + b"]", "it is an array"),
    ],
)
def test_what_is_no_object_is_told_to_be_none(data: bytes, words: str) -> None:
    with pytest.raises(InvalidEvent) as refused:
        parse(data, NOW)
    assert str(refused.value).lower().endswith(words)


words_that_are_no_json = st.from_regex(r"[a-zA-Z/_][a-zA-Z0-9/_]{0,5}", fullmatch=True).filter(
    lambda word: word not in ("true", "false", "null")
)


@given(
    words_that_are_no_json | st.sampled_from(["n", "nan", "nil", "n/a", "nul", "t", "tru", "f", "fals"]),
    st.sampled_from(["{}", "[{}]", '["😀", {}]', '{{"a": {}}}']),
    st.sampled_from(["answer", "response_time_ms", "device"]),
)
def test_a_word_that_is_no_json_is_not_called_cut_off(word: str, around: str, name: str) -> None:
    value = around.format(word)
    written = OddEvent("", (f'"{name}": {value}'.encode(),), replaced=(name,)).written(GOOD)
    with pytest.raises(InvalidEvent, match=f"{name}: JSON is malformed: .*byte [0-9]+ of the event") as refused:
        parse(written, NOW)
    assert [fault.field for fault in refused.value.faults] == [name]
    # Nor where it is said of the whole: in place of an event, or behind so much that it is not looked at by itself.
    for whole in (value, '{"u": 1,' + '"u": 1,' * 100 + f'"u": {value}}}'):
        with pytest.raises(InvalidEvent, match="JSON") as refused:
            parse(whole.encode(), NOW)
        assert "too early" not in str(refused.value)


@given(st.integers(2, len(OddEvent("", ()).written(GOOD)) - 1))
def test_an_event_that_is_cut_off_is_called_so(length: int) -> None:
    with pytest.raises(InvalidEvent, match="it ends too early"):
        parse(OddEvent("", ()).written(GOOD)[:length], NOW)


@pytest.mark.parametrize("end", ["t", "tru", "nul", '{"b": 1', '"\\', '"\\u00', "[1,", "12"])
def test_a_text_that_ends_in_a_word_or_an_escape_is_called_cut_off(end: str) -> None:
    with pytest.raises(InvalidEvent, match="it ends too early"):
        parse(b'{"a": ' + end.encode(), NOW)


def test_half_of_a_pair_is_found_beside_any_number() -> None:
    with pytest.raises(InvalidEvent, match=r"a: has \\ud83d"):
        parse(OddEvent("", (b'"a": [' + b"9" * 5_000 + rb', 1e400, "\ud83d"]',)).written(GOOD), NOW)


@pytest.mark.parametrize("time", TIMES, ids=lambda time: repr(time.text))
def test_a_time_is_read_to_the_microsecond_or_refused(time: Time) -> None:
    if time.value is not None:
        assert parse_time(time.text) == time.value
        return
    with suppress(ValueError, OverflowError):
        # In the years 1 to 9999 by its own offset, but not in UTC.
        parse_time(time.text).astimezone(UTC)
        pytest.fail("read")


@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1)), st.integers(-1439, 1439), st.sampled_from("Tt "))
def test_only_the_last_second_of_a_day_in_utc_may_be_followed_by_a_leap_second(
    moment: datetime, minutes: int, separator: str
) -> None:
    sign, offset = "-+"[minutes >= 0], abs(minutes)
    text = (
        f"{moment:%Y}".zfill(4) + f"{moment:-%m-%d}{separator}{moment:%H:%M}:60{sign}{offset // 60:02}:{offset % 60:02}"
    )
    ends_day = (moment.hour * 60 + moment.minute - minutes) % 1440 == 1439
    if not ends_day:
        with pytest.raises(ValueError, match="23:59:60 UTC only"):
            parse_time(text)
        return
    assert parse_time(text).astimezone(UTC).time() == datetime.min.time()


@pytest.mark.parametrize("identifier", IDS, ids=lambda identifier: repr(identifier.text))
def test_an_identifier_has_two_spellings(identifier: Id) -> None:
    if identifier.value is not None:
        assert parse_id(identifier.text) == identifier.value
        return
    with pytest.raises(ValueError, match="must be a UUID"):
        parse_id(identifier.text)


@given(st.uuids(), st.booleans(), st.booleans())
def test_each_uuid_is_read_in_either_spelling_and_case(value: UUID, is_upper: bool, is_bare: bool) -> None:
    text = value.hex if is_bare else str(value)
    assert parse_id(text.upper() if is_upper else text) == value


@pytest.mark.parametrize("member", BROKEN)
def test_where_an_event_is_broken_between_its_fields_none_is_blamed(member: bytes) -> None:
    with pytest.raises(InvalidEvent, match=r"byte [0-9]+ of the event") as refused:
        parse(OddEvent("", (member,)).written(GOOD), NOW)
    assert refused.value.faults == ()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.lists(json_values))
def test_an_array_is_divided_into_its_elements(values: list[object]) -> None:
    written = [msgspec.json.encode(value) for value in values]
    assert list(elements(b" [" + b" ,\n".join(written) + b"]\t")) == written


@given(st.dictionaries(st.text(max_size=64), json_values))
def test_an_object_is_divided_into_its_members(values: dict[str, object]) -> None:
    found = members(msgspec.json.encode(values), (), len(values) + 1)
    assert [(member.name, msgspec.json.decode(member.value)) for member in found] == [
        (name, msgspec.json.decode(msgspec.json.encode(value))) for name, value in values.items()
    ]


@pytest.mark.parametrize("before", [0, 99, 100, 101, 5000])
@pytest.mark.parametrize("key", ["answer", "\\u0061nswer"])
@pytest.mark.parametrize("value", ['"great \\ud83d"', "1,5"])
def test_a_faulty_field_is_named_however_many_members_stand_before_it(before: int, key: str, value: str) -> None:
    unknown = "".join(f'"u{number}":[1,{{}}],' for number in range(before))
    text = f'{{{unknown}"event_id":"e-1","{key}":{value},"timer_sec":5}}'
    with pytest.raises(InvalidEvent) as refused:
        parse(text.encode(), datetime.now(UTC))
    assert [fault.field for fault in refused.value.faults] == ["answer"]
    assert refused.value.event_id == "e-1"


@pytest.mark.parametrize("key", ["answer", "\\u0061nswer", "u"])
@pytest.mark.parametrize("before", [0, 99, 100, 150])
def test_a_fault_is_named_before_any_number_of_others(before: int, key: str) -> None:
    text = '{"event_id":"e-1",' + '"answer":"B",' * before + f'"{key}":nan,' * 70_000 + '"timer_sec":5}'
    with pytest.raises(InvalidEvent) as refused:
        parse(text.encode(), NOW)
    assert refused.value.event_id == "e-1"
    # What is no field is looked at among the first hundred only.
    named = {"answer" if key != "u" else "u"} if key != "u" or before < 99 else set()
    assert {fault.field for fault in refused.value.faults} == named
    assert len(refused.value.faults) <= MAX_FAULTS


def test_what_is_found_before_a_text_has_too_many_parts_is_told() -> None:
    text = '{"event_id":"e-1","device":nan,' + '"a":[[],[]],' * MOST_STEPS_OF_OBJECT + '"answer":nan}'
    with pytest.raises(InvalidEvent) as refused:
        parse(text.encode(), NOW)
    assert refused.value.event_id == "e-1"
    assert [fault.field for fault in refused.value.faults] == ["device"]


def test_an_unknown_member_that_is_faulty_behind_many_leaves_the_events_id() -> None:
    unknown = "".join(f'"u{number}":1,' for number in range(150))
    with pytest.raises(InvalidEvent) as refused:
        parse(f'{{{unknown}"event_id":"e-1","device":1,5}}'.encode(), datetime.now(UTC))
    assert refused.value.event_id == "e-1"
    # It is not the fault of the last field that is known.
    assert refused.value.faults == ()


@given(st.binary() | st.text(alphabet='[]{}",:\\ a').map(str.encode))
def test_any_bytes_are_divided_or_not(data: bytes) -> None:
    with suppress(NotJson):
        list(elements(data))
    with suppress(NotJson):
        members(data, ("a",), 10)


changed = st.dictionaries(
    st.sampled_from([*GOOD, "timer_sec", "response_time_ms", "teacher_id", "correct_answer", "device"]),
    json_values | st.sampled_from([each.text for each in IDS] + [each.text for each in TIMES]) | st.integers(0, 90_000),
    max_size=3,
)


@given(changed)
def test_read_field_by_field_an_event_is_what_it_is_at_once(changes: dict[str, object]) -> None:
    data = msgspec.json.encode(GOOD | changes)
    with suppress(msgspec.ValidationError):
        event = msgspec.json.decode(data, type=Event)
        assert Event(**read_fields(data, readers_of(Event))) == event
        return
    with suppress(InvalidEvent):
        # What one reader alone takes is a number or a time in another spelling.
        event = Event(**read_fields(data, readers_of(Event)))
        assert changes.keys() & {"timer_sec", "response_time_ms", "timestamp"}
        assert msgspec.json.decode(encode(event), type=Event) == event


@given(st.integers(1, 2_000), st.sampled_from([(b"[", b"]"), (b'{"a":', b"}")]))
def test_an_event_is_nested_up_to_a_bound_that_does_not_depend_on_who_calls(
    levels: int, brackets: tuple[bytes, bytes]
) -> None:
    nested = brackets[0] * levels + b"1" + brackets[1] * levels
    data = OddEvent("", (b'"a": ' + nested,)).written(GOOD)
    if levels < MAX_DEPTH:
        assert isinstance(parse(data, NOW), Event)
        return
    with pytest.raises(InvalidEvent, match=f"a: nested deeper than {MAX_DEPTH} levels"):
        parse(data, NOW)


written_members = st.lists(
    st.tuples(
        st.sampled_from([*GOOD, "timer_sec", "device", "x" * 70]),
        st.sampled_from(
            ["n", "", "7", "-1", '"7"', "null", "1,5", r'"\ud83d"', r'"\u0000"', f'"{GOOD["session_id"]}"']
        ),
    ),
    max_size=60,
)


def judged(data: bytes, most_faults: int) -> Event | InvalidEvent:
    try:
        return parse(data, NOW, most_faults)
    except InvalidEvent as error:
        return error


@given(st.booleans(), written_members, st.integers(1, MAX_FAULTS))
def test_the_first_faults_are_the_same_however_many_are_looked_for(
    is_complete: bool, written: list[tuple[str, str]], most: int
) -> None:
    added = tuple(f'"{name}": {value}'.encode() for name, value in written)
    data = OddEvent("", added).written(GOOD if is_complete else {})
    every, some = judged(data, MAX_FAULTS), judged(data, most)
    if isinstance(every, InvalidEvent) and isinstance(some, InvalidEvent):
        assert some.faults == every.faults[:most]
        assert some.event_id == every.event_id
        assert str(every).startswith(str(some))
    else:
        assert some == every


def test_of_many_faulty_fields_the_first_are_named() -> None:
    data = OddEvent("", tuple(b'"field %d": "\\ud83d"' % number for number in range(1_000))).written(GOOD)
    with pytest.raises(InvalidEvent) as refused:
        parse(data, NOW)
    assert len(refused.value.faults) == MAX_FAULTS


@pytest.mark.parametrize("name", ["dev\x00ice", "a\nb", "\x1b[31m", "\u2028", "\u202e"])
def test_a_name_is_said_without_its_control_characters(name: str) -> None:
    with pytest.raises(InvalidEvent) as refused:
        parse(b'{"event_id":"e-1",%s:nan}' % json.dumps(name).encode(), NOW)
    [fault] = refused.value.faults
    assert fault.field.isprintable()
    assert str(refused.value).isprintable()
    assert fault.field == name.encode("unicode_escape").decode()


@pytest.mark.parametrize("text", ["0000-01-01T00:00:00Z", "0000-12-31T23:59:60Z", "0000-12-31T23:59:60.5+00:00"])
def test_every_time_of_the_year_0_is_told_that_it_is_outside(text: str) -> None:
    with pytest.raises(ValueError, match=OUTSIDE):
        parse_time(text)
