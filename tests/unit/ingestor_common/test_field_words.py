"""What an event's field must be is said in JSON's terms, not in those of this program's types."""

import json
import re
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from odd_inputs import GOOD

from ingestor_common.event_fields import read_fields, readers_of
from ingestor_common.events import Event, InvalidEvent, parse

NOW: Final = datetime(2026, 9, 1, 12, tzinfo=UTC)
FIELDS: Final = sorted(readers_of(Event))
OF_TYPES: Final = re.compile(r"`|\b(str|int|float|bool|uuid|enum|datetime|Expected|length)\b|[<>]=")
ANYTHING: Final = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["", "7", "x" * 2000, [], {}, [1], {"a": 1}])
)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"answer": 3}, "answer: must be a string of at most 1024 characters, not a number"),
        ({"answer": "x" * 1025}, "answer: must be a string of at most 1024 characters"),
        ({"correct_answer": ""}, "correct_answer: must be a string of 1 to 1024 characters"),
        ({"event_id": None}, "event_id: must be a string of 1 to 128 characters, not null"),
        ({"timer_sec": 0}, "timer_sec: must be an integer from 1 to 86400"),
        ({"response_time_ms": 1.5}, "response_time_ms: must be an integer from 0 to 86400000"),
        ({"response_time_ms": "5"}, "response_time_ms: must be an integer from 0 to 86400000, not a string"),
        (
            {"event_type": "QUIZ_ENDED"},
            "event_type: must be one of SESSION_STARTED, QUESTION_PUBLISHED, ANSWER_SUBMITTED, SESSION_ENDED",
        ),
        (
            {"quiz_id": True},
            "quiz_id: must be a UUID: 32 hexadecimal digits, with hyphens as 8-4-4-4-12 or without any, not a boolean",
        ),
        (
            {"timestamp": 1},
            "timestamp: must be RFC 3339 with an offset, such as 2026-09-01T08:30:00Z, not a number",
        ),
        ({"timestamp": "2026-02-30T08:30:00Z"}, "timestamp: there is no day 2026-02-30"),
        ({"timestamp": "2026-13-01T08:30:00.5+01:00"}, "timestamp: there is no day 2026-13-01"),
        (
            {"timestamp": "2026-02-30T08:30:00"},
            "timestamp: must be RFC 3339 with an offset, such as 2026-09-01T08:30:00Z",
        ),
    ],
)
def test_a_field_is_told_what_it_must_be(change: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidEvent) as refused:
        parse(json.dumps(GOOD | change).encode(), NOW)
    assert str(refused.value) == f"invalid event: {words}"


@given(st.sampled_from(FIELDS), ANYTHING)
def test_no_field_is_refused_in_the_words_of_a_library(field: str, value: object) -> None:
    said = ""
    try:
        read_fields(json.dumps(GOOD | {field: value}).encode(), readers_of(Event))
    except InvalidEvent as refused:
        said = str(refused)
    assert OF_TYPES.search(said) is None, said


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("[]", "an array"),
        ("7", "a number"),
        ("0.5", "a number"),
        ('"x"', "a string"),
        ("true", "a boolean"),
        ("null", "null"),
    ],
)
def test_what_is_no_object_is_called_what_it_is(text: str, kind: str) -> None:
    with pytest.raises(InvalidEvent, match=f"^the event is not a JSON object in UTF-8: it is {kind}$"):
        parse(text.encode(), NOW)
