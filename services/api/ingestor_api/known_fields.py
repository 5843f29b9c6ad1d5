"""The names that an object of a body may have, for whoever has sent another."""

from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final, get_args

from pydantic import BaseModel

from ingestor_common.json_text import LONGEST_NAME

_MOST_COMPARED: Final = 20
"""Names of the sender's that are compared with one of ours: there may be thousands."""


def unknown_field(name: str, known: Collection[str]) -> str:
    """How a sentence goes on about a field that is not `known`."""
    nearest = get_close_matches(name[:LONGEST_NAME], known, n=1)
    meant = f"; did you mean {nearest[0]}?" if nearest else ";"
    return f"is not known here{meant} known: {', '.join(known)}"


def missing_field(name: str, given: object, known: Collection[str]) -> str:
    """How a sentence goes on about a field that is not in the object `given`, which may have it by another name."""
    others = [each for each in given if each not in known] if isinstance(given, Mapping) else []
    short = [each for each in others[:_MOST_COMPARED] if len(each) <= LONGEST_NAME]
    nearest = get_close_matches(name, short, n=1)
    return f"is missing; did you mean it by {nearest[0]}?" if nearest else "is missing"


def fields_at(annotation: Any, location: Sequence[int | str]) -> Collection[str]:
    """The names of the fields of the object at `location` in a body of this type; none where it has no fixed ones."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        fields = annotation.model_fields
        if not location:
            return list(fields)
        field = fields.get(str(location[0]))
        return [] if field is None else fields_at(field.rebuild_annotation(), location[1:])
    # Of a list its place leads on; of a union, or of what is annotated, nothing does.
    rest = location[1:] if location and isinstance(location[0], int) else location
    return next((found for inner in get_args(annotation) if (found := fields_at(inner, rest))), [])
