"""Text as requests bring it and Postgres can hold it."""

import re
from typing import Annotated, Final

from pydantic import AfterValidator, Field, StringConstraints

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


Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(storable)]
LongText = Annotated[str, StringConstraints(max_length=10_000), AfterValidator(storable)]
Email = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=254),
    AfterValidator(address),
    Field(json_schema_extra={"pattern": _ADDRESS.pattern}),
]
