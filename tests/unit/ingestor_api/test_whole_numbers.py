"""Whole numbers in parameters are digits alone."""

from typing import Annotated

import pytest
from pydantic import TypeAdapter, ValidationError

from ingestor_api.whole_numbers import DIGITS_ALONE

NUMBER: TypeAdapter[int] = TypeAdapter(Annotated[int, DIGITS_ALONE])


@pytest.mark.parametrize("text", ["0", "5", "10", str(2**63)])
def test_digits_are_a_number(text: str) -> None:
    assert NUMBER.validate_python(text) == int(text)


@pytest.mark.parametrize(
    "text", ["", "-1", "1_0", "+5", " 5", "5 ", "5\n", "05", "5.0", "5e1", "0x5", "\u0665", "\u00b2"]
)
def test_anything_else_is_none(text: str) -> None:
    with pytest.raises(ValidationError, match="digits alone"):
        NUMBER.validate_python(text)
