"""The parts of a JSON text as they are written, also where one of them is at fault.

msgspec refuses a text as a whole. So that one bad element of an array, or one bad member of an object, is told from the
good ones, a text that was refused is divided by its strings, brackets and commas alone, whatever else is in it.
"""

import re
from collections.abc import Collection, Iterator
from typing import Final, NamedTuple

import msgspec

from ingestor_common.json_text import BLANKS, ERRORS, LONGEST_NAME, STRING, NotJson

MOST_STEPS: Final = 100_000
"""Brackets, and commas between parts, after which a text is not divided any further."""

_TO_COMMA: Final = re.compile(rb'(?:[^"\[\]{},]++|' + STRING + rb")*+(,|[\[{]++|[\]}]++)", re.DOTALL)
_TO_BRACKET: Final = re.compile(rb'(?:[^"\[\]{}]++|' + STRING + rb")*+([\[{]++|[\]}]++)", re.DOTALL)
_MEMBER: Final = re.compile(rb"(" + STRING + rb")[ \t\r\n]*+:(.*)", re.DOTALL)


class Member(NamedTuple):
    """A member of an object as it is written. `name` is for people where the `key` cannot be read."""

    name: str
    key: bytes
    value: bytes


def elements(text: bytes) -> Iterator[bytes]:
    """The elements of an array as they are written. Raises NotJson, as late as where the text is at fault."""
    return _parts(text, b"[")


def members(text: bytes, wanted: Collection[str], most: int) -> list[Member]:
    """The members of an object as they are written: those of the `wanted` names, wherever they stand, and of the others
    those that are among the first `most` of all. Raises NotJson."""
    keys = {b'"%s"' % name.encode() for name in wanted}
    found: list[Member] = []
    is_last_found = False
    for number, part in enumerate(_parts(text, b"{")):
        member = _MEMBER.fullmatch(part)
        if member is not None:
            is_last_found = number < most or member[1] in keys or (b"\\" in member[1] and _name(member[1]) in wanted)
            if is_last_found:
                found.append(Member(_name(member[1]), member[1], member[2].strip(BLANKS)))
        elif not found:
            raise NotJson("it does not begin with a name")
        elif is_last_found and not found[-1].value.endswith(b","):
            # What follows a comma is no member, so the comma is the fault of the one before it: 1,5 for 1.5, say.
            found[-1] = found[-1]._replace(value=found[-1].value + b",")
    return found


def _parts(text: bytes, opening: bytes) -> Iterator[bytes]:
    text = text.strip(BLANKS)
    if not text.startswith(opening):
        raise NotJson("it does not begin as one")
    depth = begin = position = 1
    for _ in range(MOST_STEPS):
        step = (_TO_COMMA if depth == 1 else _TO_BRACKET).match(text, position)
        if step is None:
            raise NotJson("a string or a bracket in it is not closed")
        mark, position = step[1], step.end()
        if mark == b",":
            yield text[begin : position - 1].strip(BLANKS)
            begin = position
        elif mark[:1] in (b"[", b"{"):
            depth += len(mark)
        elif len(mark) < depth:
            depth -= len(mark)
        else:
            end = position - len(mark) + depth - 1
            yield from _last(text[begin:end].strip(BLANKS), is_only=begin == 1)
            if end + 1 < len(text):
                raise NotJson("something follows after its end")
            return
    raise NotJson(f"it has more than {MOST_STEPS} parts")


def _last(part: bytes, is_only: bool) -> Iterator[bytes]:
    if part or not is_only:
        yield part


def _name(key: bytes) -> str:
    try:
        return str(msgspec.json.decode(key, type=str))[:LONGEST_NAME]
    except ERRORS:
        return key[1:-1].decode("utf-8", "backslashreplace")[:LONGEST_NAME]
