"""What pydantic finds wrong, in words that go on a sentence about a field and speak of no inputs or dictionaries."""

import re
from collections.abc import Mapping
from typing import Final

_OF_KINDS: Final[Mapping[str, str]] = {
    "missing": "is missing",
    "int_type": "must be an integer",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
}
_INVALID: Final = "Value error, "
"""What it puts before the words of our own validators."""
_SHOULD: Final = re.compile(r"^\w+ should (be a valid|be|have|match) ")
_AFTER: Final = " after validation"


def words_of_fault(kind: str, message: str) -> str:
    """What is wrong, from a fault's type and message."""
    if kind in _OF_KINDS:
        return _OF_KINDS[kind]
    words = message.removeprefix(_INVALID).replace(_AFTER, "")
    return _SHOULD.sub(r"must \1 ", words).replace("must be a valid ", "must be a ")
