"""One reading of a body's JSON, whatever looks at it afterwards."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestor_api.errors import Problem
from ingestor_api.json_body import read_json
from ingestor_common import json_text

HALVES = st.sampled_from(["\ud83d", "\ude00", "a\ud83d", "\ude00\ud83d"])
PAIRS = st.sampled_from(["\U0001f600", "\\ud83d", "a"])
TEXTS = PAIRS | HALVES
VALUES = st.recursive(
    st.none() | st.integers() | TEXTS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=10
)


@given(VALUES)
def test_a_body_is_taken_where_an_event_with_the_value_in_a_member_would_be(value: Any) -> None:
    body = json.dumps({"device": value}).encode()
    fault = json_text.fault_of(json.dumps(value).encode())
    if fault is None:
        assert read_json(body) == {"device": value}
        return
    with pytest.raises(Problem) as refusal:
        read_json(body)
    (named,) = refusal.value.details
    assert refusal.value.status_code == 400
    assert named.field.startswith("device")
    assert "half of a surrogate pair" in named.reason


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (rb'"\ud83d"', "body"),
        (rb'["x", "\ud83d"]', "1"),
        (rb'{"dev\ud83d": 1}', "dev\ud83d"),
        (rb'{"device": {"os": ["x", "\ude00"]}}', "device.os.1"),
        (rb'{"a": "\ud83d", "b": "\ud83d"}', "a"),
        (b'{"a":' * 400 + rb'"\ud83d"' + b"}" * 400, ("a." * 100)),
    ],
)
def test_the_first_half_of_a_pair_is_named(body: bytes, field: str) -> None:
    with pytest.raises(Problem) as refusal:
        read_json(body)
    assert [named.field for named in refusal.value.details] == [field]


@pytest.mark.parametrize("digits", [1, 19, 1000, 1001, 4300, 4301, 100_000])
@pytest.mark.parametrize("sign", ["", "-"])
def test_an_integer_of_any_length_is_json(digits: int, sign: str) -> None:
    value = read_json(f"{sign}{'9' * digits}".encode())
    assert isinstance(value, int)
    assert (value < 0) == (sign == "-")
