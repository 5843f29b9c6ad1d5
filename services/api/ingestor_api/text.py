"""Text and identifiers as requests bring them and Postgres can hold them."""

import re
from typing import Annotated, Final
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from ingestor_common.ids import parse_id

_ADDRESS: Final = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")


def storable(text: str) -> str:
    """The text as it is. Raises ValueError for the character U+0000, which Postgres text does not have."""
    if "\x00" in text:
        raise ValueError("must not contain the character U+0000")
    return text


def address(text: str) -> str:
    """The text as it is. Raises ValueError where it is no e-mail address."""
    if not _ADDRESS.fullmatch(text):
        raise ValueError("must be an e-mail address, such as ada@school.example")
    return storable(text)


Identifier = Annotated[UUID, BeforeValidator(parse_id, json_schema_input_type=UUID)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(storable)]
LongText = Annotated[str, StringConstraints(max_length=10_000), AfterValidator(storable)]
Email = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=254),
    AfterValidator(address),
    Field(json_schema_extra={"pattern": _ADDRESS.pattern}),
]
