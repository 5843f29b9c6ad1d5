"""Quantities are compared by what they mean."""

from decimal import Decimal

import pytest

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


@pytest.mark.parametrize("text", ["", "api", "10.0.0.1", True, None, "1Q"])
def test_other_values_are_none(text: object) -> None:
    assert quantity(text) is None
    assert not same_quantity(text, text)
