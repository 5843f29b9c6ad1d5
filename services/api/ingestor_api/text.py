"""Text as requests bring it and Postgres can hold it."""

from typing import Annotated

from pydantic import AfterValidator, StringConstraints


def _storable(text: str) -> str:
    # Postgres text has no U+0000.
    if "\x00" in text:
        raise ValueError("must not contain the character U+0000")
    return text


Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_storable)]
LongText = Annotated[str, StringConstraints(max_length=10_000), AfterValidator(_storable)]
Email = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$"),
    AfterValidator(_storable),
]
