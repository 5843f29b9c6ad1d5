"""What is said of an event that is no JSON is true: the field at fault, or none, and the place in the event as sent."""

import json
import re
from datetime import UTC, datetime
from typing import Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from odd_inputs import GOOD

from ingestor_common.events import InvalidEvent, parse

NOW: Final = datetime(2026, 9, 1, 12, tzinfo=UTC)
EVENT: Final = GOOD | {
    "answer": 'größer, "als" {x}: 😀',
    "response_time_ms": 12_400,
    "device": {"os": ["a", 1.5, None]},
}
EDITS: Final = (",", ":", "{", "}", "[", "]", '"', "'", "// no\n", "/* no */", "5", "x", "-", ".", "\n", "\\", "True")
_PLACE: Final = re.compile(r"\(byte ([0-9]+) of the event\)")


@st.composite
def edited(draw: st.DrawFn) -> str:
    """An event with something put in, or a character taken away."""
    text = json.dumps(EVENT, ensure_ascii=draw(st.booleans()), indent=draw(st.sampled_from([None, 2])))
    place = draw(st.integers(0, len(text) - 1))
    if draw(st.booleans()):
        return text[:place] + text[place + 1 :]
    return text[:place] + draw(st.sampled_from(EDITS)) + text[place:]


def failure(text: str) -> json.JSONDecodeError | None:
    """Where the standard library's reader fails."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return error
    return None


def own_text(text: str, field: str) -> str:
    """What stands between a field's name and the next one's, without the comma."""
    if field not in EVENT:
        # A name that has lost a quote goes on up to the next one.
        name = field.replace("\\n", "\n")
        assert f'"{name}' in text
        return f'{{"{name}": 1}}'
    names = [re.search(rf'"{name}"\s*:', text) for name in EVENT]
    places = [(found.start(), found.end()) for found in names if found is not None] + [(len(text), len(text))]
    begin = next(end for _, end in places if re.search(rf'"{field}"\s*:$', text[:end]))
    after = min(start for start, _ in places if start >= begin)
    return re.sub(r"[,}]?\s*$", "", text[begin:after])


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@given(edited())
@example(json.dumps(EVENT, indent=2).replace('"response_time_ms"', '"response_time_ms'))
def test_of_an_event_that_one_edit_has_broken_the_message_is_true(mark: str, text: str) -> None:
    failed = failure(text)
    if failed is None:
        return
    with pytest.raises(InvalidEvent) as refused:
        parse((mark + text).encode(), NOW)
    said = _PLACE.search(str(refused.value))
    assert said is not None, str(refused.value)
    assert abs(int(said[1]) - len((mark + text[: failed.pos]).encode())) <= 1
    for fault in refused.value.faults:
        assert failure(own_text(text, fault.field)) is not None


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (('"answer": "B"', '"answer": "B",'), "a comma stands behind the last member, answer"),
        ((', "answer"', ' "answer"'), "after student_id a comma or } is expected"),
        (('"B"}', '"B" // none\n}'), "after answer a comma or } is expected"),
        (('"answer":', '"answer"'), "after the name answer a colon is expected"),
        (('"B"}', '"B"'), "it ends too early"),
        (('"B"}', '"B"}}'), "something follows its end"),
    ],
)
def test_what_follows_a_sound_value_is_the_events_fault(edit: tuple[str, str], words: str) -> None:
    text = json.dumps(GOOD).replace(*edit)
    failed = failure(text)
    assert failed is not None
    with pytest.raises(InvalidEvent) as refused:
        parse(text.encode(), NOW)
    assert refused.value.faults == ()
    said = f"JSON is malformed: {words} (byte {failed.pos} of the event)"
    assert str(refused.value) == f"the event is not a JSON object in UTF-8: {said}"


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("B", "a value is expected"),
        ("05", "a number or a word goes on here as none does"),
        ("12,400", "a number has a comma"),
        ("", "it has no value"),
        ("[1, 2", "a comma or a closing bracket is expected"),
        ('"a\tb"', "a text has a control character that is not escaped"),
        ("[NaN]", "invalid character"),
    ],
)
def test_a_value_that_is_none_is_its_fields_fault(written: str, words: str) -> None:
    text = json.dumps(GOOD).replace('"B"', written)
    failed = failure(text)
    place = failed.pos if failed is not None else text.index("NaN")
    with pytest.raises(InvalidEvent) as refused:
        parse(text.encode(), NOW)
    assert [(fault.field, fault.reason) for fault in refused.value.faults] == [
        ("answer", f"answer: JSON is malformed: {words} (byte {place} of the event)")
    ]


def test_each_faulty_field_is_named_with_its_place() -> None:
    text = json.dumps(GOOD).replace('"B"', '05, "timer_sec": nil, "device": NaN')
    with pytest.raises(InvalidEvent) as refused:
        parse(text.encode(), NOW)
    places = [(fault.field, _PLACE.findall(fault.reason)) for fault in refused.value.faults]
    assert places == [
        ("answer", [str(text.index("05") + 1)]),
        ("timer_sec", [str(text.index("nil"))]),
        ("device", [str(text.index("NaN"))]),
    ]
