"""The values of a body are counted as it comes, whatever its texts are and wherever it is cut."""

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestor_api.context import MAX_BODY_BYTES, MAX_VALUES
from ingestor_api.json_values import ValueCount

_TEXTS = st.text('ab,[]{}"\\: \u00e9', max_size=8)
_JSON = st.recursive(
    _TEXTS | st.integers(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXTS, inner, max_size=4),
    max_leaves=20,
)


def counted(pieces: list[bytes]) -> int:
    values = ValueCount()
    for piece in pieces:
        values.add(piece)
    return values.count


def inner_values(value: Any) -> int:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return max(1, sum(1 + inner_values(each) for each in value))
    return 0


@given(value=_JSON, cuts=st.lists(st.integers(1, 9), min_size=1, max_size=9), ensure_ascii=st.booleans())
def test_every_value_counts_and_nothing_in_a_text(value: Any, cuts: list[int], ensure_ascii: bool) -> None:
    body = json.dumps(value, ensure_ascii=ensure_ascii).encode()
    pieces: list[bytes] = []
    rest = body
    while rest:
        cut = cuts[len(pieces) % len(cuts)]
        pieces.append(rest[:cut])
        rest = rest[cut:]
    assert counted([body]) == counted(pieces) == inner_values(value)


@pytest.mark.parametrize("start", [b"", b'"', b"[", b'["\\', b"{", b"x", b'"a"b"'])
@pytest.mark.parametrize("part", [b'\\"', b'"', b'""', b'",', b"\\", b'"\\"', b"[", b'a\\"b"', b'"a":{"b":[],'])
def test_no_bytes_take_longer_than_their_number(start: bytes, part: bytes) -> None:
    body = start + part * ((MAX_BODY_BYTES - len(start)) // len(part))
    values = ValueCount()
    started = time.process_time()
    values.add(body[: 256 * 1024])
    values.add(body[256 * 1024 :])
    assert time.process_time() - started < 1


def test_a_roster_as_long_as_may_be_with_any_names_is_within_the_bound() -> None:
    names = [{"student_id": str(number), "name": 'Smith, John [7b], {guest}, "x" \\'} for number in range(5000)]
    assert counted([json.dumps(names).encode()]) < MAX_VALUES
