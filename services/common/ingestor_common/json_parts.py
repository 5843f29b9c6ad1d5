"""The parts of a JSON text as they are written, also where one of them is at fault.

msgspec refuses a text as a whole. So that one bad element of an array, or one bad member of an object, is told from the
good ones, a text that was refused is divided by its strings, brackets and commas alone, whatever else is in it.
"""

import re
from collections.abc import Collection, Iterator
from contextlib import suppress
from typing import Final, NamedTuple

from ingestor_common.json_text import BLANKS, STRING, NotJson, name_of

MOST_STEPS: Final = 100_000
"""Brackets, and commas between elements, after which an array is not divided any further."""

MOST_STEPS_OF_OBJECT: Final = 25_000
"""Of an object they are fewer: an array is divided in turns, an object at one go."""

_TO_COMMA: Final = re.compile(rb'(?:[^"\[\]{},]++|' + STRING + rb")*+(,|[\[{]++|[\]}]++)", re.DOTALL)
_TO_BRACKET: Final = re.compile(rb'(?:[^"\[\]{}]++|' + STRING + rb")*+([\[{]++|[\]}]++)", re.DOTALL)
_MEMBER: Final = re.compile(rb"[ \t\r\n]*+(" + STRING + rb")[ \t\r\n]*+:[ \t\r\n]*+(.*)", re.DOTALL)


class TooManyParts(NotJson):
    """The text was divided as far as it may be, and goes on."""


class Member(NamedTuple):
    """A member of an object as it is written. `name` is for people where the `key` cannot be read. `start` is where
    the value begins in the text."""

    name: str
    key: bytes
    value: bytes
    start: int


def elements(text: bytes) -> Iterator[bytes]:
    """The elements of an array as they are written. Raises NotJson, as late as where the text is at fault."""
    # Only their number says which brackets belong together, so that one of a wrong kind is its element's fault alone.
    # The array's own has no element to be told of it.
    if not text.rstrip(BLANKS).endswith(b"]"):
        raise NotJson("it does not end as one")
    for begin, end in _parts(text, b"[", MOST_STEPS):
        yield text[begin:end].strip(BLANKS)


def members(text: bytes, wanted: Collection[str], most: int) -> list[Member]:
    """The members of an object as they are written: the first `most`, and behind them those of the `wanted` names, up
    to twice as many together, since a name may stand there a hundred thousand times. Of an object that has more than
    MOST_STEPS_OF_OBJECT parts, those among the first ones. Raises NotJson."""
    found: list[Member] = []
    with suppress(TooManyParts):
        for number, (begin, end) in enumerate(_parts(text, b"{", MOST_STEPS_OF_OBJECT)):
            member = _MEMBER.match(text, begin, end)
            if member is not None and (number < most or _is_of(member[1], wanted)):
                found.append(Member(name_of(member[1]), member[1], member[2].rstrip(BLANKS), member.start(2)))
            if len(found) == 2 * most:
                break
    return found


def _parts(text: bytes, opening: bytes, most_steps: int) -> Iterator[tuple[int, int]]:
    """Where each part begins and ends, with the blanks around it."""
    begin = len(text) - len(text.lstrip(BLANKS)) + 1
    length = len(text.rstrip(BLANKS))
    if text[begin - 1 : begin] != opening:
        raise NotJson("it does not begin as one")
    depth, position, is_only = 1, begin, True
    for _ in range(most_steps):
        step = (_TO_COMMA if depth == 1 else _TO_BRACKET).match(text, position)
        if step is None:
            raise NotJson("a string or a bracket in it is not closed")
        mark, position = step[1], step.end()
        if mark == b",":
            yield begin, position - 1
            begin, is_only = position, False
        elif mark[:1] in (b"[", b"{"):
            depth += len(mark)
        elif len(mark) < depth:
            depth -= len(mark)
        else:
            end = position - len(mark) + depth - 1
            if not is_only or text[begin:end].strip(BLANKS):
                yield begin, end
            if end + 1 < length:
                raise NotJson("something follows after its end")
            return
    raise TooManyParts(f"it has more than {most_steps} parts")


def _is_of(key: bytes, names: Collection[str]) -> bool:
    # Most keys are written as they are, and read at once.
    return name_of(key) in names if b"\\" in key else key[1:-1].decode("utf-8", "replace") in names
