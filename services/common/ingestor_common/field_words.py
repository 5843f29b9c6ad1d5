"""What a field takes, in JSON's terms: for people who do not know the types of this program or of its libraries."""

from datetime import datetime
from types import NoneType
from typing import Annotated, Any, Final, Literal, get_args, get_origin
from uuid import UUID

from msgspec import Meta

from ingestor_common import ids, times

_KINDS: Final = {
    b'"': "a string",
    b"{": "an object",
    b"[": "an array",
    b"t": "a boolean",
    b"f": "a boolean",
    b"n": "null",
}


def kind_of(value: bytes) -> str:
    """What a JSON value is."""
    return _KINDS.get(value[:1], "a number")


def demand_of(annotation: Any) -> str:
    """How a sentence about a field of this type goes on, to say what the field must be."""
    bounds = Meta()
    if get_origin(annotation) is Annotated:
        annotation, bounds = get_args(annotation)[:2]
    if annotation is UUID:
        return ids.WORDS
    if annotation is datetime:
        return times.WORDS
    if annotation is int:
        return f"must be an integer from {bounds.ge} to {bounds.le}"
    if annotation is str:
        least = bounds.min_length
        return f"must be a string of {f'{least} to' if least else 'at most'} {bounds.max_length} characters"
    if get_origin(annotation) is Literal:
        return f"must be one of {', '.join(get_args(annotation))}"
    # An optional one: null is as if it were left out, and nobody needs to be told.
    return next(demand_of(inner) for inner in get_args(annotation) if inner is not NoneType)
