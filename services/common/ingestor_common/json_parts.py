"""The parts of a JSON text as they are written, also where one of them is at fault.

msgspec refuses a text as a whole. So that one bad element of an array, or one bad member of an object, is told from the
good ones, a text that was refused is divided by its strings, brackets and commas alone, whatever else is in it.
"""

import re
from collections.abc import Collection, Iterator
from contextlib import suppress
from typing import Final, NamedTuple

import msgspec

from ingestor_common.json_text import BLANKS, ERRORS, LONGEST_NAME, STRING, NotJson

MOST_STEPS: Final = 100_000
"""Brackets, and commas between elements, after which an array is not divided any further."""

MOST_STEPS_OF_OBJECT: Final = 25_000
"""Of an object they are fewer: an array is divided in turns, an object at one go."""

_TO_COMMA: Final = re.compile(rb'(?:[^"\[\]{},]++|' + STRING + rb")*+(,|[\[{]++|[\]}]++)", re.DOTALL)
_TO_BRACKET: Final = re.compile(rb'(?:[^"\[\]{}]++|' + STRING + rb")*+([\[{]++|[\]}]++)", re.DOTALL)
_MEMBER: Final = re.compile(rb"(" + STRING + rb")[ \t\r\n]*+:(.*)", re.DOTALL)


class TooManyParts(NotJson):
    """The text was divided as far as it may be, and goes on."""


class Member(NamedTuple):
    """A member of an object as it is written. `name` is for people where the `key` cannot be read."""

    name: str
    key: bytes
    value: bytes


def elements(text: bytes) -> Iterator[bytes]:
    """The elements of an array as they are written. Raises NotJson, as late as where the text is at fault."""
    # Only their number says which brackets belong together, so that one of a wrong kind is its element's fault alone.
    # The array's own has no element to be told of it.
    if not text.rstrip(BLANKS).endswith(b"]"):
        raise NotJson("it does not end as one")
    return _parts(text, b"[", MOST_STEPS)


def members(text: bytes, wanted: Collection[str], most: int) -> list[Member]:
    """The members of an object as they are written: the first `most`, and behind them those of the `wanted` names, up
    to twice as many together, since a name may stand there a hundred thousand times. Of an object that has more than
    MOST_STEPS_OF_OBJECT parts, those among the first ones. Raises NotJson."""
    found: list[Member] = []
    is_last_found = False
    with suppress(TooManyParts):
        for number, part in enumerate(_parts(text, b"{", MOST_STEPS_OF_OBJECT)):
            member = _MEMBER.fullmatch(part)
            if member is not None:
                is_last_found = number < most or _is_of(member[1], wanted)
                if is_last_found:
                    found.append(Member(_name(member[1]), member[1], member[2].strip(BLANKS)))
                if len(found) == 2 * most:
                    break
            elif not found:
                raise NotJson("it does not begin with a name")
            elif is_last_found and not found[-1].value.endswith(b","):
                # What follows a comma is no member, so the comma is the fault of the one before it: 1,5 for 1.5, say.
                found[-1] = found[-1]._replace(value=found[-1].value + b",")
    return found


def _parts(text: bytes, opening: bytes, most_steps: int) -> Iterator[bytes]:
    text = text.strip(BLANKS)
    if not text.startswith(opening):
        raise NotJson("it does not begin as one")
    depth = begin = position = 1
    for _ in range(most_steps):
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
    raise TooManyParts(f"it has more than {most_steps} parts")


def _last(part: bytes, is_only: bool) -> Iterator[bytes]:
    if part or not is_only:
        yield part


def _is_of(key: bytes, names: Collection[str]) -> bool:
    # Most keys are written as they are, and read at once.
    return _name(key) in names if b"\\" in key else key[1:-1].decode("utf-8", "replace") in names


def _name(key: bytes) -> str:
    try:
        return str(msgspec.json.decode(key, type=str))[:LONGEST_NAME]
    except ERRORS:
        return key[1:-1].decode("utf-8", "backslashreplace")[:LONGEST_NAME]
