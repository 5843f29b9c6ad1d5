"""Text as requests bring it and Postgres can hold it."""

from typing import Annotated, Final

from pydantic import AfterValidator, StringConstraints

from ingestor_common.store.users import LONGEST_NAME

LONGEST_ANSWER: Final = 1024
LONGEST_TEXT: Final = 10_000


def storable(text: str) -> str:
    """The text as it is. Raises ValueError for the character U+0000, which Postgres text does not have."""
    if "\x00" in text:
        raise ValueError("must not contain the character U+0000")
    return text


Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NAME),
    AfterValidator(storable),
]
# Each names all its bounds by itself: those put on top of a validator speak of items, not of characters.
AnswerKey = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_ANSWER), AfterValidator(storable)]
LongText = Annotated[str, StringConstraints(max_length=LONGEST_TEXT), AfterValidator(storable)]
