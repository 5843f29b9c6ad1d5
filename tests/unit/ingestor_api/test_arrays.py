"""The elements of an array are those of JSON, and of one that is too long nothing is made."""

import json
import tracemalloc

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestor_api.arrays import elements_of

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(st.lists(VALUES, max_size=7), st.integers(1, 5))
def test_the_elements_are_those_that_are_there(values: list[object], limit: int) -> None:
    found = elements_of(json.dumps(values).encode(), limit)
    expected = None if len(values) > limit else values
    assert (None if found is None else [json.loads(bytes(element)) for element in found]) == expected


@given(VALUES.filter(lambda value: not isinstance(value, list)))
def test_what_is_no_array_is_refused(value: object) -> None:
    with pytest.raises(msgspec.ValidationError):
        elements_of(json.dumps(value).encode(), 5)


@pytest.mark.parametrize("element", [b"0", b"{}", b"[]", b'""', b"null"])
def test_an_array_that_is_too_long_takes_no_memory(element: bytes) -> None:
    body = b"[" + (element + b",") * 300_000 + element + b"]"
    elements_of(b"[]", 1000)
    tracemalloc.start()
    assert elements_of(body, 1000) is None
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1_000_000
