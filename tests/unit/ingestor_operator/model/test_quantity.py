"""Quantities are compared by what they mean."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestor_operator.model.quantity import quantity, same_quantity


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("500m", "0.5"),
        ("0.5", "0.5"),
        (2, "2"),
        ("1Gi", "1073741824"),
        ("1k", "1000"),
        ("1e3", "1000"),
        ("250u", "0.00025"),
    ],
)
def test_a_quantity_is_a_number(text: object, number: str) -> None:
    assert quantity(text) == Decimal(number)


@pytest.mark.parametrize("text", ["", "api", "10.0.0.1", True, None, "1Q", "983e295930076697", "1e-1000"])
def test_other_values_are_none(text: object) -> None:
    assert quantity(text) is None
    assert not same_quantity(text, text)


@given(st.from_regex(r"[0-9a-f]{16}|[0-9eE.+-]{1,40}|[0-9]{1,3}[numkMGTPE]?i?", fullmatch=True))
def test_any_text_is_a_quantity_or_none(text: str) -> None:
    found = quantity(text)
    assert found is None or found.is_finite()
